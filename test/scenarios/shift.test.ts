import { shifting, type Shifting } from '../deploying/shifting.ts';

const canary = {
  strategy: 'canary',
  steps: { percent: 50, every: '3m' },
  bake: '2m',
  gates: { beforeTraffic: ['health'], eachStep: ['analysis'], afterTraffic: ['analysis'] },
  gateTimeout: '30m',
  analysis: { minimumRequests: 20 },
};

const states = (ended: readonly { outputs: Readonly<Record<string, string>> }[]) =>
  ended.map(({ outputs }) => outputs.state);

describe('a production deployment, with users', () => {
  let here: Shifting;
  let stopUsers: ReturnType<Shifting['users']> | undefined;
  beforeEach(async () => {
    here = await shifting({ deploy: canary });
    const first = await here.release('good', '1.0.0');
    if (first.at(-1)?.exitCode !== 0) throw new Error(first.map(({ log }) => log).join('\n'));
    stopUsers = here.users();
  }, 120_000);
  afterEach(async () => {
    await stopUsers?.();
    await here.end();
  });

  it('given a good release, then it takes over step by step, is proven, and no request fails', async () => {
    const ended = await here.release('good', '1.1.0');
    const logs = ended.map(({ log }) => log).join('\n');
    expect([states(ended), logs]).toEqual([['ready', 'switched', 'deployed'], logs]);
    expect(await stopUsers?.()).toMatchObject({ failed: 0 });
    expect(Object.values(await here.weights()).sort()).toEqual([0, 100]);
    expect(await here.answers()).toBe('1.1.0');
  }, 180_000);
});
