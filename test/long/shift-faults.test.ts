import { scaledClock } from '../../rehearsal/cloud/index.ts';
import { expectStates } from '../deploying/outcome.ts';
import { shifting, type Shifting } from '../deploying/shifting.ts';

// An AWS that answers late, not at all, or ahead of what is: none of it may lead to a wrong step. That the invariants
// of a deployment hold at every moment is watched by `shifting` itself.

const canary = {
  strategy: 'canary',
  steps: { percent: 50, every: '3m' },
  bake: '2m',
  gates: { beforeTraffic: ['health'], eachStep: ['analysis'], afterTraffic: ['analysis'] },
  gateTimeout: '60m',
  analysis: { minimumRequests: 100 },
};
const minuteMs = 60_000;
const timeScale = 60;

describe('a canary on an AWS that is not well', () => {
  const clock = scaledClock(timeScale);
  let here: Shifting;
  beforeAll(async () => {
    here = await shifting({ deploy: canary, cloud: { clock } });
    expectStates(await here.release('good', '1.0.0'), 'ready', 'switched', 'deployed');
  }, 60_000);
  afterEach(() => here.trial.cloud.faults.clear());
  afterAll(() => here.end());

  /** A good release went all the way, by one revision and one deployment, and nobody noticed anything. */
  async function expectThrough(version: string, release: () => Promise<void>): Promise<void> {
    const before = await here.state();
    const stop = here.users();
    await release();
    expect(await stop()).toMatchObject({ failed: 0 });
    const after = await here.state();
    expect(after).toMatchObject({
      taskDefinitions: before.taskDefinitions + 1,
      deployments: ['SUCCESSFUL', ...before.deployments],
    });
    expect(await here.answers()).toBe(version);
  }

  it('given the answer to each write is lost, and to every fifth call, then each is done once, and the release goes through', async () => {
    const { faults } = here.trial.cloud;
    const lost = { kind: 'lose-answer' } as const;
    for (const operation of ['RegisterTaskDefinition', 'UpdateService']) {
      faults.add({ service: 'ecs', operation, effect: lost, times: 1 });
    }
    // Every answer of a gate, whose own repetition has to find it answered.
    for (const skip of [0, 2, 4]) {
      faults.add({ service: 'ecs', operation: 'ContinueServiceDeployment', effect: lost, skip, times: 1 });
    }
    for (let skip = 4; skip < 400; skip += 5) {
      faults.add({ service: '*', operation: '*', effect: lost, skip, times: 1 });
    }
    await expectThrough('1.1.0', async () => {
      expectStates(await here.release('good', '1.1.0'), 'ready', 'switched', 'deployed');
    });
    const struck = faults.list().filter((fault) => fault.struck > 0);
    expect(struck.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(['RegisterTaskDefinition', 'UpdateService', 'ContinueServiceDeployment', '*']),
    );
  }, 120_000);

  it('given every call is throttled for two minutes at the step, then it waits, and goes on', async () => {
    const { calls, faults } = here.trial.cloud;
    let until: number | undefined;
    let refused = 0;
    let throttle = 0;
    const repetitions = 3;
    const stopListening = calls.listen((phase, { operation }) => {
      if (phase !== 'before') return;
      const now = clock.now().getTime();
      if (until === undefined && operation === 'GetMetricData') {
        until = now + 2 * minuteMs;
        throttle = faults.add({ service: '*', operation: '*', effect: { kind: 'throttle' } });
      }
      if (until === undefined) return;
      // The cloud's minutes are seconds of the runner, who waits longer each time: some of its repetitions, at least.
      if (now < until || refused < repetitions) refused += 1;
      else faults.remove(throttle);
    });
    await expectThrough('1.2.0', async () => {
      const deployed = await here.step('deploy', 'good', '1.2.0');
      const shifted = await here.step('shift-traffic', 'good', '1.2.0');
      stopListening();
      expectStates(
        [deployed, shifted, await here.step('monitor', 'good', '1.2.0')],
        'ready',
        'switched',
        'deployed',
      );
    });
    expect(refused).toBeGreaterThanOrEqual(repetitions);
  }, 120_000);

  it('given CloudWatch is down, then nothing is promoted on what nobody sees; once it is back, the release goes on', async () => {
    const { faults } = here.trial.cloud;
    const down = faults.add({
      service: 'cloudwatch',
      operation: 'GetMetricData',
      effect: { kind: 'fail', error: 'InternalServiceFault' },
    });
    const weightsMeanwhile = Promise.withResolvers<unknown>();
    await expectThrough('1.3.0', async () => {
      const deployed = await here.step('deploy', 'good', '1.3.0');
      const shifted = await here.step('shift-traffic', 'good', '1.3.0', {
        onOutput: (text) => {
          if (!text.includes('waiting at eachStep: the metrics cannot be read')) return;
          weightsMeanwhile.resolve(here.weights().finally(() => faults.remove(down)));
        },
      });
      expectStates(
        [deployed, shifted, await here.step('monitor', 'good', '1.3.0')],
        'ready',
        'switched',
        'deployed',
      );
      // Until then it had not left the first step.
      expect(Object.values((await weightsMeanwhile.promise) as object)).toEqual([50, 50]);
      const looks = JSON.parse(shifted.outputs.analysis ?? '[]') as { outcome: string; share: number }[];
      expect(looks.find(({ share }) => share === 50)).toMatchObject({ outcome: 'inconclusive' });
      expect(looks).toContainEqual(expect.objectContaining({ outcome: 'pass', share: 50 }));
    });
  }, 120_000);

  it('given CloudWatch stays down, then it goes back before the gate’s time is up', async () => {
    here.trial.cloud.faults.add({
      service: 'cloudwatch',
      operation: 'GetMetricData',
      effect: { kind: 'fail', error: 'InternalServiceFault' },
    });
    const live = await here.answers();
    // Half a minute of the runner's: CloudWatch is asked several times for each look.
    const deploy = { gateTimeout: '30m' };
    const deployed = await here.step('deploy', 'good', '1.4.0', { deploy });
    const stop = here.users();
    const shifted = await here.step('shift-traffic', 'good', '1.4.0', { deploy });
    expect(await stop()).toMatchObject({ failed: 0 });
    expectStates([deployed, shifted], 'ready', 'rolled-back');
    expect(shifted.log).toContain('the gate’s time is up, and the metrics cannot be read');
    expect(shifted.log).not.toContain('100 % green');
    expect(await here.answers()).toBe(live);
  }, 120_000);

  it('given describe runs a minute ahead of the traffic, then only what came after is judged', async () => {
    const { elb } = here.trial.cloud;
    const usual = elb.faults.propagationMs;
    elb.faults.propagationMs = minuteMs / timeScale;
    const { productionRule } = here.balancer;
    const splits = (of: () => readonly { weight: number }[]) =>
      JSON.stringify(of().map(({ weight }) => weight));
    let ahead = 0;
    const stopListening = here.trial.cloud.calls.listen((phase, { operation }) => {
      if (phase !== 'after' || operation !== 'DescribeRules') return;
      const said = splits(() => elb.loadBalancing.rule(productionRule)?.forward ?? []);
      if (said !== splits(() => elb.liveForward(productionRule))) ahead += 1;
    });
    try {
      await expectThrough('1.5.0', async () => {
        expectStates(await here.release('good', '1.5.0'), 'ready', 'switched', 'deployed');
      });
      expect(ahead).toBeGreaterThan(0);

      const stop = here.users();
      const ended = await here.release('failing', '1.6.0');
      const { requests, failed } = await stop();
      expectStates(ended, 'ready', 'rolled-back');
      expect(ended[1]?.summary).toMatch(/❌ fail \| [\d:]+ \| 50 % \|/);
      expect(failed / requests).toBeLessThan(0.25);
      expect(await here.answers()).toBe('1.5.0');
    } finally {
      stopListening();
      elb.faults.propagationMs = usual;
    }
  }, 180_000);
});
