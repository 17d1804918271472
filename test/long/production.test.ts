import { request } from 'node:https';
import { startClient } from '../../rehearsal/client.ts';
import { summarizeRun } from '../../rehearsal/summary.ts';
import { canary, job, releasing, shop, type Releasing } from '../rehearsing/releasing.ts';
import { summaryOf } from '../rehearsing/rehearsing.ts';

// From a commit on main to users in production, through the rehearsal: GitHub's approval, the compiled actions, ECS's
// canary deployment, and users at the front door all the while.

const minutes = 60_000;

/** AWS calls that change something, by the pipeline's roles. */
function writes({ rehearsal }: Releasing): string[] {
  return rehearsal.cloud.calls
    .list()
    .filter(({ callerArn }) => callerArn.includes('-production-deploy'))
    .map(({ operation }) => operation)
    .filter((operation) => !/^(Get|List|Describe|BatchGet|Simulate|Assume)/.test(operation));
}

/** The lines of a stream that is opened now; settles when it has ended. */
function stream(url: URL): Promise<string[]> {
  return new Promise((resolve, reject) => {
    request(new URL('/stream', url), (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.once('end', () => resolve(body.split('\n\n').filter((line) => line !== '')));
      response.once('error', reject);
    })
      .once('error', reject)
      .end();
  });
}

describe('releases of a shop, in its rehearsal', () => {
  let here: Releasing;
  let frontDoor: URL;
  beforeAll(async () => {
    here = await releasing();
    frontDoor = new URL(here.rehearsal.hub.environment('production').variables.SLUICE_PRODUCTION_URL ?? '');
    expect((await here.stage()).conclusion).toBe('success');
  }, 4 * minutes);
  afterAll(() => here.end());

  it(
    'given a tag that somebody rejects, then nothing is touched; and who pushed it may not approve it',
    async () => {
      const run = await here.tag('v1.0.0');
      await here.waits(run);
      expect(() => here.review(run, 'approved', 'Ada')).toThrow(/prevents self-review/);
      here.review(run, 'rejected');
      expect((await here.finished(run)).conclusion).toBe('failure');
      expect(writes(here)).toEqual([]);
      expect(await here.answers()).toBe(503);
    },
    3 * minutes,
  );

  it(
    'given the first release, with nobody to take over from, then it serves',
    async () => {
      const run = await here.tag('v1.0.1');
      await here.waits(run);
      here.review(run, 'approved');
      const ended = await here.finished(run);
      expect(summarizeRun(ended)).toMatchObject({
        environment: 'production',
        conclusion: 'success',
        stages: ['Manual Approval', 'Blue-Green Deploy', 'Health Checks', 'Traffic Switch', 'Monitoring'].map(
          (name) => ({ name, conclusion: 'success' }),
        ),
      });
      expect(await here.answers()).toBe('1.0.1');
    },
    4 * minutes,
  );

  it(
    'given a release that is well, then users, a stream and slow requests move over without one failure, and a newer tag waits',
    async () => {
      await here.stage({ 'service/main.js': `${shop()}// 2\n` });
      const run = await here.tag('v1.0.2');
      await here.waits(run);
      here.review(run, 'approved');
      await here.reaches(run, 'Production', 'Blue-Green Deploy');
      // Beside the users of every deployment, so that even a quick one has twenty thousand requests.
      const more = startClient({ url: frontDoor, versionKey: 'version', requestsPerSecond: 100 });
      await here.reaches(run, 'Production', 'Traffic Switch');
      const streamed = stream(frontDoor);
      const slow = Promise.all(
        Array.from({ length: 5 }, () => fetch(new URL('/slow', frontDoor)).then(({ status }) => status)),
      );
      const newer = await here.tag('v1.0.3');
      await here.waits(newer);
      here.review(newer, 'approved');
      const ended = await here.finished(run);
      const others = await more.stop();
      const newerJob = job(newer, 'Production');
      expect(ended.conclusion).toBe('success');
      expect(await slow).toEqual([200, 200, 200, 200, 200]);
      expect((await streamed).at(-1)).toBe('data: end');
      const seen = here.users.figures.at(-1);
      expect(seen).toMatchObject({ runId: run.id, failed: 0, failures: [] });
      expect(others).toMatchObject({ failed: 0, failures: [] });
      expect((seen?.requests ?? 0) + others.requests).toBeGreaterThanOrEqual(20_000);
      expect(Object.keys(seen?.versions ?? {}).sort()).toEqual(['1.0.1', '1.0.2']);
      const next = await here.finished(newer);
      expect(next.conclusion).toBe('success');
      expect(Date.parse(newerJob.startedAt ?? '')).toBeGreaterThanOrEqual(
        Date.parse(job(ended, 'Production').completedAt ?? ''),
      );
      expect(here.users.figures.at(-1)).toMatchObject({ runId: newer.id, failed: 0 });
      expect(await here.answers()).toBe('1.0.3');
    },
    8 * minutes,
  );

  it(
    'given a release that fails one request in ten, then it is taken back at the first step, and its image is let in no more',
    async () => {
      await here.stage({ 'service/main.js': shop({ errorShare: 0.1 }) });
      const run = await here.tag('v1.1.0');
      await here.waits(run);
      here.review(run, 'approved');
      const ended = await here.finished(run);
      expect(ended.conclusion).toBe('failure');
      expect(summaryOf(ended, 'Production')).toMatch(/rolled back/i);
      expect(await here.answers()).toBe('1.0.3');
      const { requests = 0, failed = 0 } = here.users.figures.at(-1) ?? {};
      expect(failed).toBeGreaterThan(0);
      // The first step has a fifth of the users, of whom one in ten is harmed.
      expect(failed / requests).toBeLessThan((canary.steps.percent / 100) * 0.15);

      const again = await here.tag('v1.1.1');
      const refused = await here.finished(again);
      expect(refused.conclusion).toBe('failure');
      expect(
        job(refused, 'Promote')
          .annotations.map(({ message }) => message)
          .join('\n'),
      ).toMatch(/v?1\.1\.0/);
    },
    6 * minutes,
  );

  it(
    'given a run that is cancelled while traffic shifts, then blue has all of it again, and the summary says so',
    async () => {
      await here.stage({ 'service/main.js': `${shop()}// 3\n` });
      const run = await here.tag('v1.2.0');
      await here.waits(run);
      here.review(run, 'approved');
      await here.reaches(run, 'Production', 'Traffic Switch');
      expect(here.rehearsal.engine.cancel(run.id)).toBe(true);
      const ended = await here.finished(run);
      expect(ended.conclusion).toBe('cancelled');
      // By the step itself; or, where it was not up yet when the signal came, by the step that rolls back.
      expect(summaryOf(ended, 'Production')).toMatch(
        /rollback was asked for|Rolled back: shop in production/,
      );
      expect(await here.answers()).toBe('1.0.3');
      expect(here.users.figures.at(-1)).toMatchObject({ runId: run.id, failed: 0 });
    },
    6 * minutes,
  );

  it(
    'given a rollback that somebody starts and another one approves, then the release before serves again',
    async () => {
      const run = await here.rehearsal.engine.dispatch({
        workflow: 'rollback.yml',
        ref: 'refs/tags/v1.0.3',
        actor: 'Ada',
        inputs: { environment: 'production', version: '', reason: 'Customers complain.' },
      });
      await here.waits(run);
      here.review(run, 'approved');
      expect((await here.finished(run)).conclusion).toBe('success');
      // 1.0.2 is the very image that is left, under another name.
      expect(await here.answers()).toBe('1.0.1');
    },
    6 * minutes,
  );
});
