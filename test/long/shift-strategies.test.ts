import type { Ended } from '../running/action.ts';
import { expectStates } from '../deploying/outcome.ts';
import { shifting, type Shifting } from '../deploying/shifting.ts';

// Each way of shifting traffic from its first gate to the old side's end, and what can stop it that is not analysis.

const blueGreen = {
  strategy: 'blue-green',
  bake: '2m',
  gates: { beforeTraffic: ['health', 'smoke'] },
  // A minute is a second, and in front of one gate four steps start, on a machine that may be busy.
  gateTimeout: '90m',
  alarms: ['shop-5xx'],
  analysis: { minimumRequests: 20 },
};
const linear = {
  strategy: 'linear',
  steps: { percent: 25, every: '1m' },
  gates: { beforeTraffic: ['health'], eachStep: ['analysis'], afterTraffic: ['analysis'] },
};

/** What has to hold of the shop on the test listener: of two visits, both are answered. */
const smoke = `
title: The shop
scenarios:
  - name: It is open
    steps:
      - request: GET /version
        expect: { json: { version: '\${version}' } }
      - request: GET /
      - request: GET /
`;

describe('ways of shifting traffic', () => {
  let here: Shifting;
  let live = '1.0.0';
  beforeAll(async () => {
    here = await shifting({
      deploy: blueGreen,
      alarms: ['shop-5xx'],
      keys: { checks: { integration: { scenarios: 'smoke.yml' } } },
      files: { 'smoke.yml': smoke },
    });
    expectStates(await here.release('good', live), 'ready', 'switched', 'deployed');
  }, 60_000);
  afterAll(() => here.end());

  async function expectBack(): Promise<void> {
    expect(await here.answers()).toBe(live);
    expect(Object.values(await here.weights()).sort((a, b) => a - b)).toEqual([0, 100]);
    expect((await here.state()).deployments[0]).toBe('ROLLBACK_SUCCESSFUL');
  }

  const splitsOf = ({ summary }: Ended): string[] =>
    [...summary.matchAll(/^\| [\d:]{8} \| (\d+) % green, \d+ % blue \|$/gm)].map(([, green = '']) => green);

  it('given BLUE_GREEN and a good release, then all users move over at once, and none fails', async () => {
    const stop = here.users();
    const ended = await here.release('good', '1.1.0');
    expect(await stop()).toMatchObject({ failed: 0 });
    expectStates(ended, 'ready', 'switched', 'deployed');
    expect(ended[1]?.log).toMatch(/Going on: .* and 1 scenarios passed/);
    const splits = ended.flatMap(splitsOf);
    expect(new Set(splits)).toEqual(new Set(['0', '100']));
    live = '1.1.0';
    expect(await here.answers()).toBe(live);
  }, 120_000);

  it('given green on the test listener, then health-check asks that, and no user reaches it', async () => {
    expectStates([await here.step('deploy', 'good', '1.2.0')], 'ready');
    const inputs = { listener: 'test', within: '20s' };
    const checked = await here.step('health-check', 'good', '1.2.0', { inputs });
    expect([checked.outputs, checked.log]).toEqual([
      expect.objectContaining({ healthy: 'true', version: '1.2.0' }),
      checked.log,
    ]);
    expect(await here.answers()).toBe(live);
    // Of the version before it says no, as the front door says of the new one.
    for (const [version, listener] of [
      [live, 'test'],
      ['1.2.0', 'production'],
    ] as const) {
      const wrong = { listener, within: '1s' };
      const other = await here.step('health-check', 'good', version, { inputs: wrong });
      expect([other.exitCode, other.outputs.healthy]).toEqual([1, 'false']);
    }
    expectStates(
      [await here.step('shift-traffic', 'good', '1.2.0'), await here.step('monitor', 'good', '1.2.0')],
      'switched',
      'deployed',
    );
    live = '1.2.0';
  }, 120_000);

  it('given a release that answers, and whose scenarios fail, then it never gets a user', async () => {
    const stop = here.users();
    const ended = await here.release('failing', '1.3.0');
    expect(await stop()).toMatchObject({ failed: 0 });
    expectStates(ended, 'ready', 'rolled-back');
    expect(ended[1]?.summary).toContain('1 of 1 scenarios failed');
    expect(ended[1]?.summary).toContain('It is open');
    await expectBack();
  }, 120_000);

  it('given an alarm of deploy.alarms in the bake, then ECS takes the release back, and the alarm is named', async () => {
    const deploy = { ...blueGreen, bake: '60m', gates: { beforeTraffic: ['health'] } };
    const before = [
      await here.step('deploy', 'failing', '1.4.0', { deploy }),
      await here.step('shift-traffic', 'failing', '1.4.0', { deploy }),
    ];
    expectStates(before, 'ready', 'switched');
    let stop: ReturnType<Shifting['users']> | undefined;
    const monitored = await here.step('monitor', 'failing', '1.4.0', {
      deploy,
      // Nobody comes before: it is the bake that has to notice.
      onOutput: (text) => {
        if (text.includes('BAKE_TIME')) stop ??= here.users();
      },
    });
    const users = await stop?.();
    expect(users?.failed).toBeGreaterThan(0);
    expectStates([monitored], 'rolled-back');
    expect(monitored.summary).toContain('shop-5xx');
    await expectBack();
  }, 120_000);

  it('given LINEAR and a good release, then each step is analysed, and none is left out', async () => {
    const stop = here.users();
    const ended = await here.release('good', '1.5.0', { deploy: linear });
    expect(await stop()).toMatchObject({ failed: 0 });
    expectStates(ended, 'ready', 'switched', 'deployed');
    const shift = ended[1];
    expect(new Set(shift === undefined ? [] : splitsOf(shift))).toEqual(
      new Set(['0', '25', '50', '75', '100']),
    );
    const looks = JSON.parse(shift?.outputs.analysis ?? '[]') as { outcome: string; share: number }[];
    const passed = looks.filter(({ outcome }) => outcome === 'pass').map(({ share }) => share);
    expect([...new Set(passed)].filter((share) => share > 0 && share < 100)).toEqual([25, 50, 75]);
    live = '1.5.0';
    expect(await here.answers()).toBe(live);
  }, 120_000);
});
