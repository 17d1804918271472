import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Run } from '../../rehearsal/hub/model.ts';
import { summarizeRun } from '../../rehearsal/summary.ts';
import { canary, releasing, shop, type Releasing } from '../rehearsing/releasing.ts';
import { summaryOf } from '../rehearsing/rehearsing.ts';

// From a commit on main to what may be promoted, through the rehearsal: scanned, deployed, accepted, measured, and
// recorded; and what becomes of staging where one of them fails.

const minutes = 60_000;
const checks = {
  scan: { tools: ['secretlint'] },
  uat: { scenarios: 'uat/*.yml' },
  performance: { requests: 100, concurrency: 10, thresholds: { errorRate: '< 1%', p95: '< 1s' } },
};

/** A shop that says what it has today; every release has a comment of its own, and so an image of its own. */
const selling = (what: string, behaviour: Parameters<typeof shop>[0] = {}): string =>
  shop(behaviour).replace('JSON.stringify({ version', `JSON.stringify({ today: '${what}', version`);

const accepted = {
  'uat/shop.yml': [
    'title: The shop',
    'scenarios:',
    '  - name: A visitor sees what there is today',
    '    given: a new visitor',
    '    when:',
    '      - she requests: GET /today',
    '    then:',
    '      - the status is: 200',
    '      - the response mentions: apples',
    '',
  ].join('\n'),
};

const stagesOf = (run: Run): Record<string, string> =>
  Object.fromEntries(summarizeRun(run).stages.map(({ name, conclusion }) => [name, conclusion]));

/** What GitHub shows at a commit: the state of each context, by its newest status. */
function statusesOf({ rehearsal: { hub } }: Releasing, commit: string): Record<string, string> {
  const oldestFirst = hub.commitStatuses.filter(({ sha }) => sha === commit);
  return Object.fromEntries(oldestFirst.map(({ context, state }) => [context, state]));
}

/** Every file below the folder, with its content. */
function* filesBelow(folder: string): Generator<{ readonly file: string; readonly content: Buffer }> {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, entry);
    if (statSync(file).isFile()) yield { file, content: readFileSync(file) };
  }
}

describe('releases of a shop in staging, in its rehearsal', () => {
  let here: Releasing;
  let good: Run;
  beforeAll(async () => {
    here = await releasing(canary, {
      checks,
      files: { ...accepted, 'service/main.js': selling('apples') },
    });
    good = await here.stage();
  }, 6 * minutes);
  afterAll(() => here.end());

  it(
    'given a release that is well, then it is scanned, deployed, accepted, measured, recorded, and may be promoted',
    async () => {
      expect(stagesOf(good)).toEqual({
        'CI Tests': 'success',
        'Build Image': 'success',
        'Security Scan': 'success',
        'Deploy to STG': 'success',
        'UAT Tests': 'success',
        'Performance Tests': 'success',
      });
      expect(statusesOf(here, good.sha)).toEqual({
        'sluice/staging/scan': 'success',
        'sluice/staging/uat': 'success',
        'sluice/staging/performance': 'success',
      });
      const run = await here.tag('v1.0.0');
      await here.waits(run);
      expect(summaryOf(run, 'Promote')).toMatch(/uat/);
      here.review(run, 'rejected');
      await here.finished(run);
    },
    4 * minutes,
  );

  it(
    'given a release that users do not accept, then staging is back on the one before, and it cannot be promoted',
    async () => {
      const bad = await here.stage({ 'service/main.js': selling('pears') });
      expect(stagesOf(bad)).toMatchObject({
        'Deploy to STG': 'success',
        'UAT Tests': 'failure',
        'Performance Tests': 'skipped',
      });
      expect(summaryOf(bad, 'UAT Tests')).toMatch(/apples/);
      expect(summaryOf(bad, 'Roll Back')).toContain(good.sha.slice(0, 12));
      expect(await here.answers('staging')).toBe(good.sha);
      expect(statusesOf(here, bad.sha)).toMatchObject({ 'sluice/staging/uat': 'failure' });

      const run = await here.tag('v1.1.0');
      expect((await here.finished(run)).conclusion).toBe('failure');
      expect(summaryOf(run, 'Promote')).toMatch(/uat/);
    },
    5 * minutes,
  );

  it(
    'given a release that is too slow, then staging is back on the one before',
    async () => {
      const slow = await here.stage({ 'service/main.js': selling('apples', { delayMs: 1_500 }) });
      expect(stagesOf(slow)).toMatchObject({ 'UAT Tests': 'success', 'Performance Tests': 'failure' });
      expect(await here.answers('staging')).toBe(good.sha);
      expect(statusesOf(here, slow.sha)).toMatchObject({ 'sluice/staging/performance': 'failure' });
    },
    6 * minutes,
  );

  it(
    'given that its failed jobs are run again, then what answers by now is not measured under its name',
    async () => {
      const slow = await here.stage({
        'service/main.js': `${selling('apples', { delayMs: 1_500 })}// again\n`,
      });
      expect(stagesOf(slow)).toMatchObject({ 'Performance Tests': 'failure' });
      await here.rehearsal.engine.rerun(slow.id, { failedOnly: true, actor: 'Ada' });
      expect((await here.finished(slow)).conclusion).toBe('failure');
      expect(stagesOf(slow)).toMatchObject({ 'UAT Tests': 'success', 'Performance Tests': 'failure' });
      expect(statusesOf(here, slow.sha)).toMatchObject({ 'sluice/staging/performance': 'error' });
      expect(await here.answers('staging')).toBe(good.sha);
    },
    6 * minutes,
  );

  it(
    'given a run that is cancelled while users look at the release, then staging is back on the one before',
    async () => {
      const pushed = here.push({ 'service/main.js': `${selling('apples', { delayMs: 100 })}// cancelled\n` });
      const run = await pushed;
      await here.reaches(run, 'Performance Tests', 'Performance Tests');
      expect(here.rehearsal.engine.cancel(run.id)).toBe(true);
      expect((await here.finished(run)).conclusion).toBe('cancelled');
      expect(await here.answers('staging')).toBe(good.sha);
    },
    6 * minutes,
  );

  it(
    'given a token in a file, then nothing is deployed, and the token is in nothing that the run leaves',
    async () => {
      // Put together here, so that this file does not have it.
      const token = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
      const leaking = await here.stage({
        'service/main.js': `${selling('apples')}// leaking\n`,
        'service/notes.txt': `for the build: ${token}\n`,
      });
      expect(stagesOf(leaking)).toMatchObject({
        'CI Tests': 'failure',
        'Build Image': 'skipped',
        'Deploy to STG': 'skipped',
      });
      expect(summaryOf(leaking, 'CI Tests')).toContain('service/notes.txt');
      expect(await here.answers('staging')).toBe(good.sha);
      const hub = path.join(here.repository, '.sluice-rehearsal', '1', 'hub');
      const leaks = [token, Buffer.from(token).toString('base64').slice(0, -4), encodeURIComponent(token)];
      const left = [...filesBelow(hub)].filter(({ file }) => !file.includes('.git/'));
      expect(left.length).toBeGreaterThan(10);
      expect(
        left.filter(({ content }) => leaks.some((leak) => content.includes(leak))).map(({ file }) => file),
      ).toEqual([]);
    },
    4 * minutes,
  );
});
