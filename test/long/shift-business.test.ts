import type { Ended } from '../running/action.ts';
import { expectStates } from '../deploying/outcome.ts';
import { shifting, type Shifting } from '../deploying/shifting.ts';

// What users do with a release, by the metrics that the service writes into its log: embedded metric format, CloudWatch
// Logs, CloudWatch, and the gate.

const blueGreen = {
  strategy: 'blue-green',
  bake: '1m',
  gates: { beforeTraffic: ['health'], afterTraffic: ['analysis', 'business'] },
  gateTimeout: '40m',
  analysis: { minimumRequests: 100 },
};
const business = {
  sales: { namespace: 'Shop', metric: 'Sold', per: 'Users', better: 'higher', margin: '20%' },
};

describe('the gate on what users do', () => {
  let here: Shifting;
  let stop: ReturnType<Shifting['users']> | undefined;
  beforeAll(async () => {
    here = await shifting({ deploy: blueGreen, keys: { business } });
    expectStates(await here.release('selling', '1.0.0'), 'ready', 'switched', 'deployed');
    stop = here.users();
    // Nobody came before: there is nothing to hold it against. It makes the past that the others are held against.
    expectStates(await here.release('selling', '1.1.0'), 'ready', 'switched', 'deployed');
  }, 120_000);
  afterAll(async () => {
    await stop?.();
    await here.end();
  });

  const looksOf = (ended: Ended | undefined) =>
    JSON.parse(ended?.outputs.analysis ?? '[]') as readonly {
      readonly outcome: string;
      readonly why: string;
    }[];

  it('given a release that sells as much, then the gate says so, and it stays', async () => {
    const ended = await here.release('selling', '1.2.0');
    expectStates(ended, 'ready', 'switched', 'deployed');
    const last = looksOf(ended.at(-1)).at(-1);
    expect(last?.outcome).toBe('pass');
    expect(last?.why).toMatch(/sales: 100 % of Users now, 100 % before; 20 % fewer is tolerated/);
    expect(await here.answers()).toBe('1.2.0');
  }, 120_000);

  it('given a release that answers as well and sells half, then it is taken back for that', async () => {
    const ended = await here.release('losing', '1.3.0');
    expectStates(ended, 'ready', 'switched', 'rolled-back');
    expect(looksOf(ended.at(-1)).at(-1)).toMatchObject({
      outcome: 'fail',
      why: expect.stringMatching(/^sales: (4\d|50)(\.\d+)? % of Users now, 100 % before/) as string,
    });
    expect(await here.answers()).toBe('1.2.0');
    expect((await here.state()).deployments[0]).toBe('ROLLBACK_SUCCESSFUL');
  }, 120_000);
});
