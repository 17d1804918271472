import { shifting, type Shifting, type Step } from '../deploying/shifting.ts';

/**
 * Every step of a production deployment, killed around each of its AWS calls, and started again.
 *
 * In one release each step is killed once, at its own call `k`: the releases are as many as the longest step has calls.
 * One run takes every fourth `k`. `SLUICE_SHARD=2/4` takes the next ones, and so on to `4/4`; `1/1` takes all of them.
 */
const [shard = 1, shards = 1] = (process.env.SLUICE_SHARD ?? '1/4').split('/').map(Number);

/** More calls than a step makes; the loop ends when one was not reached. */
const mostCalls = 120;

/** With short bakes: the calls are the same as with long ones, only fewer of those that look. */
const deploy = {
  strategy: 'canary',
  steps: { percent: 50, every: '1m' },
  bake: '1m',
  gates: { beforeTraffic: ['health'], eachStep: ['analysis'], afterTraffic: ['analysis'] },
  // A run that dies leaves its gate open for as long as it takes to start the next.
  gateTimeout: '60m',
  analysis: { minimumRequests: 20 },
};

const steps: readonly Step[] = ['deploy', 'shift-traffic', 'monitor'];

describe('a production deployment of which each step is killed and started again', () => {
  it.concurrent.each(['before', 'after'] as const)(
    '%s any of its AWS calls: ends proven, with one revision and one service deployment, and no request fails',
    async (phase) => {
      const here = await shifting({ deploy });
      let stop: ReturnType<Shifting['users']> | undefined;
      try {
        await here.release('good', '0.0.0');
        stop = here.users();
        let kills = 0;
        for (let k = shard; k <= mostCalls; k += shards) {
          const killed = await releaseKilledAt(here, phase, k);
          if (killed === 0) break;
          kills += killed;
        }
        // A matrix that disturbed nothing would prove nothing.
        expect(kills).toBeGreaterThan(0);
        expect(await stop()).toMatchObject({ failed: 0 });
      } finally {
        await stop?.();
        await here.end();
      }
    },
    3_600_000,
  );
});

/** Releases, with each step killed at its call `k` and run again. @returns how many of them made so many calls */
async function releaseKilledAt(here: Shifting, phase: 'before' | 'after', k: number): Promise<number> {
  const version = `1.0.${k}`;
  const before = await here.state();
  let killed = 0;
  for (const step of steps) {
    if (await killedAt(here, step, version, phase, k)) killed += 1;
    const ended = await here.step(step, 'good', version);
    const what = `${step} after a kill ${phase} its call ${k}`;
    expect([what, ended.exitCode, ended.exitCode === 0 ? '' : ended.log]).toEqual([what, 0, '']);
    await expectInvariants(here);
  }
  const after = await here.state();
  expect([k, after.taskDefinitions]).toEqual([k, before.taskDefinitions + 1]);
  expect([k, after.deployments.length]).toEqual([k, Math.min(20, before.deployments.length + 1)]);
  expect([k, after.deployments[0]]).toEqual([k, 'SUCCESSFUL']);
  expect([k, await here.answers()]).toEqual([k, version]);
  return killed;
}

async function killedAt(
  here: Shifting,
  step: Step,
  version: string,
  phase: 'before' | 'after',
  k: number,
): Promise<boolean> {
  let count = 0;
  let struck = false;
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  const stop = here.trial.cloud.calls.listen((now) => {
    if (now === 'before') count += 1;
    if (struck || count !== k || now !== phase) return;
    struck = true;
    kill('SIGKILL');
    // The request of a process that died before it was sent is not applied.
    if (phase === 'before') throw new Error('The runner was killed before this call.');
  });
  await here.step(step, 'good', version, { onStart: (killIt) => (kill = killIt) });
  stop();
  return struck;
}

/** 1: production weights sum to 100, and name only the two groups. */
async function expectInvariants(here: Shifting): Promise<void> {
  const weights = await here.weights();
  expect(Object.keys(weights).sort()).toEqual(['shop-blue', 'shop-green']);
  expect(Object.values(weights).reduce((sum, weight) => sum + weight, 0)).toBe(100);
}
