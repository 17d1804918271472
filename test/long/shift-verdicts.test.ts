import { expectStates } from '../deploying/outcome.ts';
import type { Ended } from '../running/action.ts';
import { shifting, type Shifting } from '../deploying/shifting.ts';

// What the analysis makes of real traffic, at the first step of a canary: with the shares and the sizes of difference
// that are hard to tell from chance, or from the other side's own trouble.

const share = 20;
const canary = {
  strategy: 'canary',
  steps: { percent: share, every: '3m' },
  bake: '2m',
  gates: { beforeTraffic: ['health'], eachStep: ['analysis'], afterTraffic: ['analysis'] },
  // Long enough for a verdict on a busy machine: a minute takes a second, and CloudWatch has one value a minute.
  gateTimeout: '90m',
  // As many as find 2 % of errors, says `npm run bench analysis`.
  analysis: { minimumRequests: 300 },
};
/** Where no verdict is to come, there is nothing to wait for. */
const soonOver = { gateTimeout: '12m', analysis: { minimumRequests: 50 } };

const perSecond = 150;

/** Nothing of the release is left: the version before has all the traffic, and it stays so. */
async function expectBack(here: Shifting, live: string): Promise<void> {
  expect(await here.answers()).toBe(live);
  expect(Object.values(await here.weights()).sort((a, b) => a - b)).toEqual([0, 100]);
  expect((await here.state()).deployments[0]).toBe('ROLLBACK_SUCCESSFUL');
}

/** What each look at the traffic has said. */
function outcomesOf(ended: Ended | undefined): string[] {
  const looks = JSON.parse(ended?.outputs.analysis ?? '[]') as readonly { readonly outcome: string }[];
  return looks.map(({ outcome }) => outcome);
}

describe('a canary beside a version that is well', () => {
  let here: Shifting;
  const live = '1.0.0';
  beforeAll(async () => {
    here = await shifting({ deploy: canary });
    expectStates(await here.release('sound', live), 'ready', 'switched', 'deployed');
  }, 60_000);
  afterAll(() => here.end());

  it('given a release that takes half as long again, then it is taken back for that', async () => {
    const stop = here.users(perSecond);
    const ended = await here.release('slow', '1.1.0');
    await stop();
    expectStates(ended, 'ready', 'rolled-back');
    expect(ended[1]?.summary).toMatch(/green is \d+(\.\d+)? % slower than blue/);
    await expectBack(here, live);
  }, 240_000);

  it('given 2 % of errors beside 0.1 %, then it is taken back, and no more than the step’s share is harmed', async () => {
    const stop = here.users(perSecond);
    const ended = await here.release('leaky', '1.2.0');
    const { requests, failed } = await stop();
    expectStates(ended, 'ready', 'rolled-back');
    expect(ended[1]?.summary).toMatch(/green answers [\d.]+ % with 5xx .* blue/);
    expect(failed).toBeGreaterThan(0);
    // A fifth of the users was on it, and one in fifty of these was harmed; one in a thousand is harmed anyway.
    expect(failed / requests).toBeLessThan(share / 100 / 50 + 0.002);
    await expectBack(here, live);
  }, 240_000);

  it('given the runner dies in the middle of the step, then the next one comes to a verdict all the same', async () => {
    const stop = here.users(perSecond);
    const deployed = await here.step('deploy', 'leaky', '1.2.1');
    let kill: (signal: NodeJS.Signals) => void = () => undefined;
    const killed = await here.step('shift-traffic', 'leaky', '1.2.1', {
      onStart: (killIt) => (kill = killIt),
      onOutput: (output) => {
        if (output.includes('PRODUCTION_TRAFFIC_SHIFT; 20 % green')) kill('SIGKILL');
      },
    });
    const again = await here.step('shift-traffic', 'leaky', '1.2.1');
    await stop();
    expect(killed.exitCode).toBeUndefined();
    expectStates([deployed, again], 'ready', 'rolled-back');
    expect(outcomesOf(again).at(-1)).toBe('fail');
    expect(again.summary).toMatch(/green answers [\d.]+ % with 5xx .* blue/);
    await expectBack(here, live);
  }, 240_000);

  it('given somebody takes the step’s share away from green, then it is not promoted unseen', async () => {
    const stop = here.users(perSecond);
    const deployed = await here.step('deploy', 'sound', '1.2.2', { deploy: soonOver });
    const blueServes = (await here.weights())['shop-blue'] === 100;
    let edited: Promise<void> | undefined;
    const shifted = await here.step('shift-traffic', 'sound', '1.2.2', {
      deploy: soonOver,
      onOutput: (output) => {
        if (output.includes('PRODUCTION_TRAFFIC_SHIFT; 20 % green'))
          edited ??= here.setWeights(blueServes ? 100 : 0, blueServes ? 0 : 100);
      },
    });
    await edited;
    await stop();
    expect(edited).toBeDefined();
    expectStates([deployed, shifted], 'ready', 'rolled-back');
    expect(shifted.log).toContain(
      'frozen: the weights of the production rule are not ECS’s: 0 % green, 100 % blue',
    );
    await expectBack(here, live);
  }, 240_000);

  it('given one error in a few requests, then nobody is blamed for it, and nothing is promoted on it', async () => {
    const deployed = await here.step('deploy', 'stumbling', '1.3.0', { deploy: soonOver });
    // A fifth of forty is about eight.
    const stop = here.users(20, 40);
    const shifted = await here.step('shift-traffic', 'stumbling', '1.3.0', { deploy: soonOver });
    await stop();
    expectStates([deployed, shifted], 'ready', 'rolled-back');
    expect([...new Set(outcomesOf(shifted))]).toEqual(['inconclusive']);
    expect(shifted.log).toContain('the gate’s time is up');
    await expectBack(here, live);
  }, 240_000);
});

describe('a canary beside a version that is as bad', () => {
  let here: Shifting;
  afterEach(() => here.end());

  it('given errors on both sides, then it is held, and goes back at the deadline without blame', async () => {
    here = await shifting({ deploy: { ...canary, ...soonOver } });
    expectStates(await here.release('failing', '1.0.0'), 'ready', 'switched', 'deployed');
    const stop = here.users(perSecond);
    const ended = await here.release('failing', '1.1.0');
    await stop();
    expectStates(ended, 'ready', 'rolled-back');
    const outcomes = outcomesOf(ended[1]);
    expect(outcomes).toContain('held');
    expect(outcomes).not.toContain('fail');
    expect(ended[1]?.summary).toContain('both are broken, and green is not to blame');
    await expectBack(here, '1.0.0');
  }, 240_000);
});
