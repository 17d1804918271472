import type { Ended } from '../running/action.ts';
import { shifting, type Shifting } from '../deploying/shifting.ts';

const canary = {
  strategy: 'canary',
  steps: { percent: 50, every: '3m' },
  bake: '2m',
  gates: { beforeTraffic: ['health'], eachStep: ['analysis'], afterTraffic: ['analysis'] },
  gateTimeout: '20m',
  analysis: { minimumRequests: 20 },
};

const logsOf = (ended: readonly Ended[]): string => ended.map(({ log }) => log).join('\n');
/** With the logs, so that a failure says why. */
const statesOf = (ended: readonly Ended[]) => [ended.map(({ outputs }) => outputs.state), logsOf(ended)];
const states = (ended: readonly Ended[], ...expected: string[]) => {
  expect(statesOf(ended)).toEqual([expected, logsOf(ended)]);
};

describe('a production deployment by canary', () => {
  let here: Shifting;
  let live = '';
  beforeAll(async () => {
    here = await shifting({ deploy: canary });
  });
  afterAll(() => here.end());

  /** Nothing of a release that failed is left: the version before has all the traffic, and nothing moves. */
  const expectBack = async (): Promise<void> => {
    expect(await here.answers()).toBe(live);
    expect(Object.values(await here.weights()).sort((a, b) => a - b)).toEqual([0, 100]);
    expect((await here.state()).deployments[0]).toBe('ROLLBACK_SUCCESSFUL');
  };

  it('given the first release ever, then there is nothing to compare with, and it is deployed and proven', async () => {
    const ended = await here.release('good', '1.0.0');
    states(ended, 'ready', 'switched', 'deployed');
    expect(ended.at(-1)?.summary).toContain('100 % green, 0 % blue');
    live = '1.0.0';
  }, 120_000);

  it('given a good release and users, then it takes over step by step, and no request fails', async () => {
    const stop = here.users();
    const ended = await here.release('good', '1.1.0');
    const users = await stop();
    states(ended, 'ready', 'switched', 'deployed');
    expect(users).toMatchObject({ failed: 0 });
    expect(users.requests).toBeGreaterThan(200);
    const shift = ended[1];
    expect(JSON.parse(shift?.outputs.weights ?? '')).toEqual({ green: 100, blue: 0 });
    expect(JSON.parse(shift?.outputs.analysis ?? '')).toContainEqual(
      expect.objectContaining({ outcome: 'pass', share: 50 }),
    );
    expect(shift?.summary).toContain('xychart-beta');
    expect(await here.answers()).toBe('1.1.0');
    live = '1.1.0';
  }, 120_000);

  it('given a release that answers with errors, then the first step takes it back, and it is to blame', async () => {
    const stop = here.users();
    const ended = await here.release('failing', '1.2.0');
    const users = await stop();
    states(ended, 'ready', 'rolled-back');
    expect(ended[1]?.summary).toMatch(/❌ fail/);
    expect(users.failed).toBeGreaterThan(0);
    // Half of the traffic, half of it with errors, for as long as the verdict takes.
    expect(users.failed / users.requests).toBeLessThan(0.25);
    await expectBack();
  }, 120_000);

  it('given a release that dies with half of the traffic, then it is taken back', async () => {
    const stop = here.users();
    const deployed = await here.step('deploy', 'mortal', '1.3.0');
    states([deployed], 'ready');
    const shifted = here.step('shift-traffic', 'mortal', '1.3.0');
    await here.until(
      'half of the traffic',
      ({ targetServiceRevision }) => targetServiceRevision?.requestedProductionTrafficWeight === 50,
    );
    here.kill();
    states([await shifted], 'rolled-back');
    await stop();
    await expectBack();
  }, 120_000);

  it('given a release that answers with another version, then it never gets a user', async () => {
    const ended = await here.release('wrong-version', '1.4.0');
    states(ended, 'ready', 'rolled-back');
    expect(ended[1]?.log).toContain('0.0.0 answers');
    expect(ended[1]?.summary).not.toContain('50 % green');
    await expectBack();
  }, 120_000);

  it('given a release that is never healthy, then it never gets a user, and is given up', async () => {
    const ended = await here.release('unhealthy', '1.5.0');
    states(ended, 'rolled-back');
    expect(ended[0]?.log).toContain('tasks in a row failed');
    await expectBack();
  }, 120_000);

  it('given no users, then there is no verdict, and it goes back before the gate’s time is up', async () => {
    const ended = await here.release('good', '1.6.0');
    states(ended, 'ready', 'rolled-back');
    expect(ended[1]?.log).toContain('green has no requests yet');
    expect(ended[1]?.log).toContain('the gate’s time is up');
    await expectBack();
  }, 120_000);
});
