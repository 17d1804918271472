import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Hub } from '../../rehearsal/hub/hub.ts';
import type { Run } from '../../rehearsal/hub/model.ts';
import { startRehearsal, type Rehearsal } from '../../rehearsal/rehearsal.ts';
import { summarizeRun } from '../../rehearsal/summary.ts';
import { killJob, killRunners, prints } from '../rehearsing/killing.ts';
import { summaryOf } from '../rehearsing/rehearsing.ts';
import { canary, releasing, shop, type Releasing } from '../rehearsing/releasing.ts';

// What becomes of staging where nobody gets to say how a check ended: its process is killed, or the machine with it.

const minutes = 60_000;
const startScript = path.resolve(import.meta.dirname, '../../scripts/start.mjs');

const checks = {
  scan: { tools: ['secretlint'] },
  uat: { scenarios: 'uat/*.yml' },
  performance: { requests: 150, concurrency: 10, thresholds: { errorRate: '< 1%', p95: '< 1s' } },
};
const firstScenario = 'A visitor comes in';
const scenarios = {
  'uat/shop.yml': [
    'title: The shop',
    'scenarios:',
    `  - name: ${firstScenario}`,
    '    given: a new visitor',
    '    when:',
    '      - she requests: GET /',
    '    then:',
    '      - the status is: 200',
    // Five seconds, which is long enough to be killed in.
    '  - name: She waits for the slow page',
    '    given: a new visitor',
    '    when:',
    '      - she requests: GET /slow',
    '    then:',
    '      - the status is: 200',
    '',
  ].join('\n'),
};

const release = (comment: string, behaviour: Parameters<typeof shop>[0] = {}): Record<string, string> => ({
  'service/main.js': `${shop(behaviour)}// ${comment}\n`,
});

const stagesOf = (run: Run): Record<string, string> =>
  Object.fromEntries(summarizeRun(run).stages.map(({ name, conclusion }) => [name, conclusion]));

const statusesOf = (hub: Hub, commit: string): Record<string, string> =>
  Object.fromEntries(
    hub.commitStatuses.filter(({ sha }) => sha === commit).map(({ context, state }) => [context, state]),
  );

/** Where it is not, all that its jobs said is shown. */
const expectGreen = (run: Run): void => {
  const said = run.jobs.flatMap(({ name, annotations }) =>
    annotations.map(({ level, message }) => `${name}: ${level}: ${message}`),
  );
  expect([run.conclusion, said]).toEqual(['success', said]);
};

describe('a check of staging whose process is killed', () => {
  let here: Releasing;
  let good: Run;
  beforeAll(async () => {
    here = await releasing(canary, { checks, files: scenarios });
    good = await here.stage();
    expectGreen(good);
  }, 6 * minutes);
  afterAll(() => here.end());

  const expectRefused = async (tag: string, missing: string): Promise<void> => {
    const run = await here.finished(await here.tag(tag));
    expect(run.conclusion).toBe('failure');
    expect(summaryOf(run, 'Promote')).toContain(missing);
  };

  it.each([
    { key: 'uat', name: 'UAT Tests', printed: firstScenario, behaviour: {} },
    { key: 'performance', name: 'Performance Tests', printed: 'GET http', behaviour: { delayMs: 300 } },
  ])(
    'given $name, then staging is back on the last good release, and nothing can be promoted; run again as a whole, it can',
    async ({ key, name, printed, behaviour }) => {
      const { hub, engine } = here.rehearsal;
      const run = await here.push(release(`killed in ${name}`, behaviour));
      await prints(hub, run, name, printed);
      expect(killJob(run, key)).toBeGreaterThan(0);
      expect((await here.finished(run)).conclusion).toBe('failure');

      expect(stagesOf(run)).toMatchObject({ 'Deploy to STG': 'success', [name]: 'failure' });
      expect(await here.answers('staging')).toBe(good.sha);
      expect(summaryOf(run, 'Roll Back')).toContain(good.sha.slice(0, 12));
      // It said before it began that it had not come to its end, and that is all that it said.
      expect(statusesOf(hub, run.sha)).toMatchObject({ [`sluice/staging/${key}`]: 'error' });
      await expectRefused(`v1.0.0-${key}`, `"${key}" did not pass in staging: inconclusive`);

      // What answers by now is another release: nothing that is seen there is said of this one.
      await engine.rerun(run.id, { failedOnly: true, actor: 'Ada' });
      expect((await here.finished(run)).conclusion).toBe('failure');
      expect(await here.answers('staging')).toBe(good.sha);
      expect(statusesOf(hub, run.sha)).toMatchObject({ [`sluice/staging/${key}`]: 'error' });
      await expectRefused(`v1.0.1-${key}`, `"${key}" did not pass in staging: inconclusive`);

      await engine.rerun(run.id, { failedOnly: false, actor: 'Ada' });
      expectGreen(await here.finished(run));
      expect(await here.answers('staging')).toBe(run.sha);
      const promoted = await here.tag(`v1.1.0-${key}`);
      await here.waits(promoted);
      here.review(promoted, 'rejected');
      await here.finished(promoted);
      good = run;
    },
    8 * minutes,
  );
});

/** The same each time: a service that is brought back up keeps the port that it was deployed with. */
const port = 21_000 + (process.pid % 400) * 20;

describe('a machine that is taken away in the middle of staging', () => {
  it(
    'given a release that is too slow, then it stays until the run goes on, and then staging is back on the last good one',
    async () => {
      const here = await releasing(canary, { checks, files: scenarios, port });
      let revived: Rehearsal | undefined;
      try {
        const good = await here.stage();
        expectGreen(good);
        const frontDoor = frontDoorOf(here.rehearsal.hub);
        await here.rehearsal.stop();

        const pushed = await pushAndKill(here, release('too slow', { delayMs: 1_500 }));
        revived = await revive(here);
        const { hub, engine } = revived;
        const run = [...hub.runs.values()].find(({ sha }) => sha === pushed)!;
        expect([run.status, run.conclusion]).toEqual(['completed', 'cancelled']);
        expect(statusesOf(hub, pushed)).not.toHaveProperty('sluice/staging/performance');
        // What was deployed is brought back up where it was, whatever ports the rehearsal has by now.
        expect(await versionAt(frontDoor)).toBe(pushed);

        await engine.rerun(run.id, { failedOnly: true, actor: 'Ada' });
        await engine.whenFinished(run.id, AbortSignal.timeout(5 * minutes));
        expect(stagesOf(run)).toMatchObject({ 'UAT Tests': 'success', 'Performance Tests': 'failure' });
        expect(await versionAt(frontDoorOf(hub))).toBe(good.sha);
        expect(summaryOf(run, 'Roll Back')).toContain(good.sha.slice(0, 12));
        expect(statusesOf(hub, pushed)).toMatchObject({ 'sluice/staging/performance': 'failure' });
      } finally {
        await revived?.stop();
        await here.end();
      }
    },
    10 * minutes,
  );
});

/** Pushes to a rehearsal in a process of its own, and kills that with its runners while load is on the release. */
async function pushAndKill(here: Releasing, changes: Readonly<Record<string, string>>): Promise<string> {
  const args = ['--repo', here.repository, '--no-push', '--driver', 'process', '--time-scale', '12'];
  const verbosely = ['--verbose', '--port', String(port)];
  const child = spawn(process.execPath, [startScript, ...args, ...verbosely], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<unknown>((resolve) => child.once('close', resolve));
  let output = '';
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      child.once('close', () => reject(new Error(`It ended before it printed "${text}":\n${output}`)));
      look();
    });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => (output += part));
  }
  try {
    await printed('Ctrl-C stops everything.');
    const sha = here.commit(changes);
    await promisify(execFile)('git', ['push', '--quiet', 'rehearsal', 'HEAD:main'], {
      cwd: here.repository,
      env: { ...process.env, SLUICE_FOLLOW: '0' },
    });
    await printed('GET http');
    return sha;
  } finally {
    child.kill('SIGKILL');
    if (child.pid !== undefined) killRunners({ pid: child.pid });
    await exited;
  }
}

function revive({ repository }: Releasing): Promise<Rehearsal> {
  return startRehearsal({
    repository,
    config: 'sluice.yml',
    port,
    timeScale: 12,
    driver: 'process',
    variables: {},
    fresh: false,
    say: () => undefined,
    log: () => undefined,
  });
}

const frontDoorOf = (hub: Hub): URL =>
  new URL('/version', hub.environment('staging').variables['SLUICE_STAGING_URL']);

/** What answers in staging, once something does: services of before are brought back up as the rehearsal is. */
async function versionAt(url: URL): Promise<string | undefined> {
  const until = performance.now() + minutes;
  for (;;) {
    try {
      const response = await fetch(url, { headers: { connection: 'close' } });
      return ((await response.json()) as { version?: string }).version;
    } catch (error) {
      if (performance.now() > until) throw new Error(`Nothing answers at ${url.href}`, { cause: error });
      await delay(100);
    }
  }
}
