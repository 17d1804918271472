import { ECRClient } from '@aws-sdk/client-ecr';
import { reviewer } from '../../rehearsal/approvals.ts';
import { adminCredentials } from '../../rehearsal/cloud/index.ts';
import { reviewDeployments } from '../../rehearsal/hub/environments/index.ts';
import type { Run } from '../../rehearsal/hub/model.ts';
import { readStatements } from '../../src/evidence/index.ts';
import { createRunner } from '../../src/github/index.ts';
import { openRegistry, parseByDigest, registryCredentials } from '../../src/image/index.ts';
import { job, summaryOf } from '../rehearsing/rehearsing.ts';
import { canary, releasing, shop, type Releasing } from '../rehearsing/releasing.ts';

// Where sluice.yml wants a person to sign acceptance tests off: the run waits for her, her name is in the evidence, and
// what she rejects is taken back.

const minutes = 60_000;
const signOff = 'staging-sign-off';

const checks = {
  scan: { tools: ['secretlint'] },
  uat: { scenarios: 'uat/*.yml', signOff: 'required' },
  performance: { requests: 100, concurrency: 10, thresholds: { errorRate: '< 1%', p95: '< 1s' } },
};
const scenarios = {
  'uat/shop.yml': [
    'title: The shop',
    'scenarios:',
    '  - name: A visitor comes in',
    '    given: a new visitor',
    '    when:',
    '      - she requests: GET /',
    '    then:',
    '      - the status is: 200',
    '',
  ].join('\n'),
};

const release = (comment: string): Record<string, string> => ({
  'service/main.js': `${shop()}// ${comment}\n`,
});

describe('a staging whose acceptance tests somebody signs off', () => {
  let here: Releasing;
  let good: Run;
  beforeAll(async () => {
    here = await releasing(canary, { checks, files: scenarios });
  }, 2 * minutes);
  afterAll(() => here.end());

  const review = (run: Run, state: 'approved' | 'rejected', comment: string, as = reviewer): void =>
    void reviewDeployments(here.rehearsal.hub, {
      runId: run.id,
      environments: [signOff],
      state,
      comment,
      reviewer: as,
      at: new Date().toISOString(),
    });

  const uatOf = ({ sha }: Run) =>
    here.rehearsal.hub.commitStatuses.findLast(
      (status) => status.sha === sha && status.context === 'sluice/staging/uat',
    );

  it(
    'given nobody has signed, then the run waits, and nothing is recorded; given she signs, then the evidence names her',
    async () => {
      const run = await here.push(release('to be signed'));
      await here.waits(run);
      expect(job(run, 'UAT Tests').conclusion).toBe('success');
      expect(job(run, 'UAT Sign-off').status).toBe('waiting');
      expect(run.status).not.toBe('completed');
      expect(uatOf(run)).toBeUndefined();
      // Who pushed it may not sign it.
      expect(() => review(run, 'approved', 'Mine is fine', 'Ada')).toThrow(/prevents self-review/);

      review(run, 'approved', 'Tried it in German, too');
      await here.finished(run);
      const said = run.jobs.flatMap(({ annotations }) => annotations.map(({ message }) => message));
      expect([run.conclusion, said]).toEqual(['success', said]);
      expect(summaryOf(run, 'UAT Sign-off')).toContain(`signed off by ${reviewer}`);
      expect(uatOf(run)).toMatchObject({ state: 'success' });
      expect(await uatStatement(run)).toMatchObject({
        outcome: 'passed',
        summary: expect.stringContaining(`signed off by ${reviewer}`) as string,
        facts: { signedOffBy: reviewer, signedOffOn: signOff, comment: 'Tried it in German, too' },
      });

      const promoted = await here.tag('v1.0.0');
      await here.waits(promoted);
      expect(summaryOf(promoted, 'Promote')).toContain('uat');
      here.review(promoted, 'rejected');
      await here.finished(promoted);
      good = run;
    },
    6 * minutes,
  );

  it(
    'given she rejects, then staging is back on the last good release, and nothing can be promoted',
    async () => {
      const run = await here.push(release('to be rejected'));
      await here.waits(run);
      expect(await here.answers('staging')).toBe(run.sha);
      review(run, 'rejected', 'The answers are too long');
      expect((await here.finished(run)).conclusion).toBe('failure');

      expect(await here.answers('staging')).toBe(good.sha);
      expect(summaryOf(run, 'Roll Back')).toContain(good.sha.slice(0, 12));
      expect(uatOf(run)).toMatchObject({ state: 'error' });
      const refused = await here.finished(await here.tag('v1.1.0'));
      expect(refused.conclusion).toBe('failure');
      expect(summaryOf(refused, 'Promote')).toContain('"uat" did not pass in staging: inconclusive');
    },
    6 * minutes,
  );

  /** What is attached to the image that the run deployed. */
  async function uatStatement({ sha }: Run): Promise<unknown> {
    const { hub, cloud } = here.rehearsal;
    const deployed = [...hub.deployments.values()].findLast((one) => one.sha === sha);
    const image = parseByDigest((deployed?.payload as { readonly image: string }).image)!;
    const ecr = new ECRClient({ endpoint: cloud.url, region: 'eu-west-1', credentials: adminCredentials });
    const registry = openRegistry({
      repository: image,
      credentials: () => registryCredentials(ecr, silent),
    });
    const statements = await readStatements(registry, image.digest, { environment: 'staging', commit: sha });
    ecr.destroy();
    const verdicts = statements.flatMap((one) => (one.kind === 'statement' ? [one.statement.verdict] : []));
    return verdicts.find(({ kind }) => kind === 'uat');
  }
});

const silent = createRunner({
  environment: {},
  write: () => undefined,
  append: () => undefined,
  setExitCode: () => undefined,
});
