import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { reviewer, reviewOnTerminal } from './approvals.ts';
import { configureEnvironment } from './hub/environments/index.ts';
import { Hub } from './hub/hub.ts';
import { at, jobOf, runOf, shop } from './hub/model.fixture.ts';
import type { Job, Run } from './hub/model.ts';

/** A run of `pusher` whose job waits for a review of production. */
function waiting(hub: Hub): { run: Run; job: Job } {
  const job = jobOf({
    environment: { name: 'production' },
    status: 'waiting',
    gate: { since: at, review: 'needed' },
  });
  const run = runOf({ actor: 'pusher', status: 'waiting', jobs: [job] });
  hub.saveRun(run);
  return { run, job };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('reviewing on the terminal', () => {
  let hub: Hub;
  let said: string[];
  const review = (how: { always: boolean; typed?: ReturnType<typeof createInterface> }) =>
    reviewOnTerminal({
      hub,
      serverUrl: 'http://127.0.0.1:4480',
      say: (line) => said.push(line.trim()),
      always: how.always,
      typed: how.typed,
      now: () => new Date(at),
    });

  beforeEach(() => {
    hub = new Hub(shop);
    configureEnvironment(hub, 'production', { reviewers: [reviewer, 'pusher'], preventSelfReview: true });
    said = [];
  });

  it('approves with --approve, as somebody who may', async () => {
    const stop = review({ always: true });
    const { run, job } = waiting(hub);
    await nextTurn();
    expect(job.gate?.review).toBe('approved');
    expect(run.reviews).toEqual([
      {
        environments: ['production'],
        state: 'approved',
        reviewer,
        comment: 'Approved by --approve.',
        at,
        attempt: 1,
      },
    ]);
    stop();
  });

  it('tells where to review, once, and takes a rejection with its reason', async () => {
    const input = new PassThrough();
    const typed = createInterface({ input });
    const stop = review({ always: false, typed });
    const { run, job } = waiting(hub);
    hub.saveRun(run);
    await nextTurn();
    expect(said).toEqual([
      'production waits for an approval: http://127.0.0.1:4480/runs/1',
      '… or type here: approve, or: reject WHY',
    ]);
    const line = new Promise((resolve) => typed.once('line', resolve));
    input.write('reject not on a Friday\n');
    await line;
    expect(job.gate?.review).toBe('rejected');
    expect(run.reviews?.[0]).toMatchObject({ state: 'rejected', comment: 'not on a Friday', reviewer });
    typed.close();
    stop();
  });

  it('says so where nobody may review it', async () => {
    configureEnvironment(hub, 'production', { reviewers: ['pusher'], preventSelfReview: true });
    const stop = review({ always: true });
    const { job } = waiting(hub);
    await nextTurn();
    expect(job.gate?.review).toBe('needed');
    expect(said).toEqual([expect.stringMatching(/^There was a problem approving one of the gates/)]);
    stop();
  });
});
