import type { Ended } from '../running/action.ts';
import { shifting, type Shifting, type Step } from '../deploying/shifting.ts';

const blueGreen = {
  strategy: 'blue-green',
  bake: '10m',
  gates: { beforeTraffic: ['health'] },
  gateTimeout: '20m',
};

const states = (ended: readonly Ended[], ...expected: string[]) => {
  const logs = ended.map(({ log }) => log).join('\n');
  expect([ended.map(({ outputs }) => outputs.state), logs]).toEqual([expected, logs]);
};

describe('a production deployment that is interrupted', () => {
  let here: Shifting;
  const live = '1.0.0';
  beforeAll(async () => {
    here = await shifting({ deploy: blueGreen });
    states(await here.release('good', live), 'ready', 'switched', 'deployed');
  }, 120_000);
  afterAll(() => here.end());

  const back = () =>
    here.until('the rollback’s end', ({ status }) => status === 'ROLLBACK_SUCCESSFUL', 60_000);
  const expectBack = async (): Promise<void> => {
    expect(await here.answers()).toBe(live);
    expect(Object.values(await here.weights()).sort((a, b) => a - b)).toEqual([0, 100]);
  };

  /** Runs a step, and sends a signal as soon as its log has a text. */
  const interrupt = async (
    step: Step,
    version: string,
    text: string,
    signal: NodeJS.Signals,
  ): Promise<{ readonly ended: Ended; readonly tookMs: number }> => {
    let kill: (signal: NodeJS.Signals) => void = () => undefined;
    let sentAt = 0;
    const ended = await here.step(step, 'good', version, {
      onStart: (killIt) => (kill = killIt),
      onOutput: (output) => {
        if (sentAt > 0 || !output.includes(text)) return;
        sentAt = performance.now();
        kill(signal);
      },
    });
    if (sentAt === 0) throw new Error(`"${text}" was never printed:\n${ended.log}`);
    return { ended, tookMs: performance.now() - sentAt };
  };

  it.each<[Step, string]>([
    ['deploy', 'SCALE_UP'],
    ['shift-traffic', 'Going on:'],
    ['monitor', 'BAKE_TIME'],
  ])(
    'given the job is cancelled in %s at %s, then the rollback is asked for within five seconds',
    async (step, text) => {
      const version = `2.0.${text.length}`;
      const steps: readonly Step[] = ['deploy', 'shift-traffic', 'monitor'];
      for (const before of steps.slice(0, steps.indexOf(step))) {
        expect((await here.step(before, 'good', version)).exitCode).toBe(0);
      }
      const { ended, tookMs } = await interrupt(step, version, text, 'SIGINT');
      states([ended], 'cancelled');
      expect(tookMs).toBeLessThan(5_000);
      expect(ended.summary).toContain('the rollback was asked for');
      await back();
      await expectBack();
    },
    120_000,
  );

  it('given the runner dies at the gate and nobody goes on, then ECS keeps the version before', async () => {
    const { ended } = await interrupt('deploy', '2.1.0', 'POST_TEST_TRAFFIC_SHIFT', 'SIGKILL');
    expect(ended.exitCode).toBeUndefined();
    await back();
    await expectBack();
  }, 120_000);

  it('given the weights are edited at the gate, then nothing is overwritten, and ECS goes back in the end', async () => {
    states([await here.step('deploy', 'good', '2.2.0')], 'ready');
    const edited = await editWeights();
    const atFrozen = Promise.withResolvers<unknown>();
    const ended = await here.step('shift-traffic', 'good', '2.2.0', {
      onOutput: (output) => {
        if (output.includes('frozen: ')) atFrozen.resolve(here.weights());
      },
    });
    expect(await atFrozen.promise).toEqual(edited);
    states([ended], 'rolled-back');
    expect(ended.log).toContain('frozen: the weights of the production rule are not ECS’s');
    expect(ended.log).not.toContain('Going on:');
    await expectBack();
  }, 120_000);

  it('given two runners start together, then one deployment comes of it, and both see it through', async () => {
    const before = await here.state();
    states(
      await Promise.all([here.step('deploy', 'good', '2.3.0'), here.step('deploy', 'good', '2.3.0')]),
      'ready',
      'ready',
    );
    states(
      await Promise.all([
        here.step('shift-traffic', 'good', '2.3.0'),
        here.step('shift-traffic', 'good', '2.3.0'),
      ]),
      'switched',
      'switched',
    );
    states([await here.step('monitor', 'good', '2.3.0')], 'deployed');
    const after = await here.state();
    expect(after.deployments).toHaveLength(before.deployments.length + 1);
    expect(await here.answers()).toBe('2.3.0');
  }, 120_000);

  /** Seven of a hundred to the side that should have none yet. */
  async function editWeights(): Promise<Readonly<Record<string, number>>> {
    const blueServes = (await here.weights())['shop-blue'] === 100;
    await here.setWeights(blueServes ? 93 : 7, blueServes ? 7 : 93);
    return here.weights();
  }
});
