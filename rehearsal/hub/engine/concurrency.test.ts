import type { ConcurrencySetting, Ticket } from './concurrency.ts';
import { ConcurrencyGroups, enterGroup } from './concurrency.ts';

describe('enterGroup', () => {
  test('an empty group lets it in at once', () => {
    expect(
      enterGroup({ running: undefined, pending: [] }, { cancelInProgress: true, queue: 'single' }),
    ).toEqual({ starts: true, cancelRunning: false, replaced: [], refused: false });
  });

  test('by default the newest pending one takes the place of the older', () => {
    expect(enterGroup({ running: 1, pending: [2] }, { cancelInProgress: false, queue: 'single' })).toEqual({
      starts: false,
      cancelRunning: false,
      replaced: [2],
      refused: false,
    });
  });

  test('cancel-in-progress cancels the running one as well', () => {
    expect(enterGroup({ running: 1, pending: [2] }, { cancelInProgress: true, queue: 'single' })).toEqual({
      starts: false,
      cancelRunning: true,
      replaced: [2],
      refused: false,
    });
  });

  test('queue: max keeps all, up to 100', () => {
    const pending = Array.from({ length: 99 }, (_, index) => index);
    const setting = { cancelInProgress: false, queue: 'max' } as const;
    expect(enterGroup({ running: -1, pending }, setting).refused).toBe(false);
    expect(enterGroup({ running: -1, pending: [...pending, 99] }, setting)).toEqual({
      starts: false,
      cancelRunning: false,
      replaced: [],
      refused: true,
    });
  });
});

describe('ConcurrencyGroups', () => {
  const setting = (
    group: string,
    queue: ConcurrencySetting['queue'] = 'single',
    cancelInProgress = false,
  ) => ({
    group,
    queue,
    cancelInProgress,
  });
  const member = (title: string, cancelled: string[] = []) => ({
    title,
    cancel: (reason: string) => cancelled.push(`${title}: ${reason}`),
  });
  /** What became of a ticket by now. */
  const now = (ticket: Ticket): Promise<string> => Promise.race([ticket.turn, Promise.resolve('waits')]);

  test('members take their turns in order, and one that leaves early is passed over', async () => {
    const groups = new ConcurrencyGroups();
    const [a, b, c] = ['a', 'b', 'c'].map((title) => groups.enter(setting('deploy', 'max'), member(title)));
    expect(await now(a!)).toBe('granted');
    expect(await now(b!)).toBe('waits');
    expect(b!.reason()).toBe('a in the concurrency group deploy');
    b!.leave();
    a!.leave();
    expect(await now(b!)).toBe('cancelled');
    expect(await now(c!)).toBe('granted');
  });

  test('names differ in more than case', async () => {
    const groups = new ConcurrencyGroups();
    groups.enter(setting('Prod'), member('a'));
    expect(await now(groups.enter(setting('prod'), member('b')))).toBe('waits');
    expect(await now(groups.enter(setting('other'), member('c')))).toBe('granted');
  });

  test('a newcomer replaces the pending one, and with cancel-in-progress stops the running one', async () => {
    const groups = new ConcurrencyGroups();
    const cancelled: string[] = [];
    const running = groups.enter(setting('g'), member('running', cancelled));
    const pending = groups.enter(setting('g'), member('pending'));
    const newcomer = groups.enter(setting('g', 'single', true), member('newcomer'));
    expect(await now(pending)).toBe('cancelled');
    expect(pending.reason()).toBe('Canceling since a higher priority waiting request for g exists');
    expect(cancelled).toEqual(['running: Canceling since a higher priority request for g exists']);
    expect(await now(newcomer)).toBe('waits');
    running.leave();
    expect(await now(newcomer)).toBe('granted');
  });
});
