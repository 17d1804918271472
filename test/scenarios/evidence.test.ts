import {
  formatStatement,
  readStatement,
  verdictArtifact,
  type VerdictStatement,
} from '../../src/evidence/index.ts';
import { packReferrer } from '../../src/image/index.ts';
import { Repository } from '../promoting/github.ts';
import { promoting, scanFacts, type Promoting } from '../promoting/promoting.ts';

describe('evidence', () => {
  let here: Promoting;
  beforeAll(async () => {
    here = await promoting();
  }, 120_000);
  afterAll(() => here.end());
  beforeEach(async () => {
    here.github = new Repository();
    here.github.ranFor(here.sha);
    for (const { digest } of await here.attached()) await here.detach(digest);
    here.deployToStaging();
  });

  const kinds = ['scan', 'uat', 'performance'];
  const other = `sha256:${'e'.repeat(64)}`;

  const statementOf = async (manifest: string): Promise<VerdictStatement> => {
    const read = await readStatement(here.registry, manifest);
    if (read?.kind !== 'statement') throw new Error(`${manifest} is no statement`);
    return read.statement;
  };

  /** Attaches another statement than the pipeline did, as somebody with rights to the registry can. */
  const attach = async (statement: VerdictStatement): Promise<void> => {
    const { environment, commit } = statement.issue;
    await here.registry.push(
      packReferrer({
        subject: (await here.registry.resolve(here.digest))!,
        artifactType: verdictArtifact,
        document: formatStatement('shop', statement),
        annotations: { 'dev.sluice.environment': environment, 'dev.sluice.commit': commit },
      }),
    );
  };

  /** Nothing is promoted, for this reason; with the registry, and where the records alone already say so. */
  const expectRefused = async (reason: string, also: { readonly byRecords: boolean }): Promise<void> => {
    const end = await here.promote();
    expect(end).toMatchObject({ exitCode: 1, outputs: { image: '', digest: '' } });
    expect(end.log).toContain(reason);
    const byRecords = await here.promote({ 'verify-image': 'false' });
    expect(byRecords.exitCode).toBe(also.byRecords ? 1 : 0);
    if (also.byRecords) expect(byRecords.log).toContain(reason);
  };

  it('given three checks that passed, then each is at the digest and at the commit, and the digest is promoted', async () => {
    const recorded = await here.record();
    expect(recorded.log).not.toContain('::error');
    expect(recorded.exitCode).toBe(0);
    const attached = await here.attached();
    expect(attached).toHaveLength(3);
    expect(here.github.statuses.map(({ context, state }) => `${context}: ${state}`).reverse()).toEqual(
      kinds.map((kind) => `sluice/staging/${kind}: success`),
    );
    for (const { description, target_url } of here.github.statuses) {
      expect(description.length).toBeLessThanOrEqual(140);
      expect(target_url).toMatch(/\/acme\/shop\/actions\/runs\/12$/);
      const manifest = description.split(' ').at(-1) ?? '';
      expect(attached.map(({ digest }) => digest)).toContain(manifest);
      expect(await statementOf(manifest)).toMatchObject({
        verdict: { outcome: 'passed', digest: here.digest, facts: { looked: 12 } },
        issue: {
          environment: 'staging',
          commit: here.sha,
          repository: 'acme/shop',
          workflow: 'acme/shop/.github/workflows/pipeline.yml@refs/heads/main',
          run: { id: 12, attempt: 1 },
          actor: 'ada',
        },
      });
    }

    const promoted = await here.promote();
    expect(promoted.log).not.toContain('::error');
    expect(promoted).toMatchObject({ exitCode: 0, outputs: { image: here.image, digest: here.digest } });
    const { verdicts } = JSON.parse(promoted.outputs['evidence'] ?? '') as {
      verdicts: { name: string; outcome: string; summary: string }[];
    };
    expect(verdicts.map(({ name, outcome, summary }) => `${name} ${outcome}: ${summary}`)).toEqual(
      kinds.map((name) => `${name} passed: ${name} found nothing`),
    );
    expect(promoted.summary).toContain('Verdicts of staging');
  }, 60_000);

  it('given a run that records again what it recorded, then nothing is added', async () => {
    const inputs = Object.fromEntries(
      (['scan', 'uat', 'performance'] as const).map((kind) => [kind, here.verdict(kind)]),
    );
    await here.record({ ...inputs, performance: '' });
    expect(await here.attached()).toHaveLength(2);
    await here.record(inputs);
    const again = await here.record(inputs);
    expect(again.exitCode).toBe(0);
    expect(again.log).toContain('was recorded before');
    expect(await here.attached()).toHaveLength(3);
    expect(here.github.statuses).toHaveLength(3);
    expect((await here.promote()).exitCode).toBe(0);
  }, 60_000);

  it.each(['scan', 'uat', 'performance'] as const)(
    'given a %s of another image, swapped before or after it, then nothing is recorded at all',
    async (kind) => {
      const end = await here.record({ [kind]: here.verdict(kind, { digest: other }) });
      expect(end.exitCode).toBe(1);
      expect(end.log).toContain(`"${kind}" looked at ${other}`);
      expect(await here.attached()).toEqual([]);
      expect(here.github.statuses).toEqual([]);
    },
  );

  it.each([
    [
      'the verdict of another check',
      (at: Promoting) => at.verdict('scan'),
      'holds the verdict of another check',
    ],
    ['something else', () => '{"kind":"uat"}', 'is no verdict'],
  ])('given %s, then nothing is recorded at all', async (_, uat, reason) => {
    const end = await here.record({ uat: uat(here) });
    expect(end.exitCode).toBe(1);
    expect(end.log).toContain(reason);
    expect(await here.attached()).toEqual([]);
  });

  it('given a check that was skipped, then it is said, and the digest is not promoted', async () => {
    const end = await here.record({ uat: '' });
    expect(end.exitCode).toBe(0);
    expect(end.log).toContain('"uat" gave no verdict');
    await expectRefused('The verdict "uat" is required, and staging has recorded none', { byRecords: true });
  }, 60_000);

  it.each(['failed', 'inconclusive'] as const)(
    'given a check that ended %s, then the digest is not promoted',
    async (outcome) => {
      await here.record({ performance: here.verdict('performance', { outcome }) });
      await expectRefused(`"performance" did not pass in staging: ${outcome}`, { byRecords: true });
    },
    60_000,
  );

  it('given a scan by others than sluice.yml names, then the digest is not promoted, clean as it was', async () => {
    const facts = { ...scanFacts, tools: 'local-advisories 1, secretlint 12.0.0' };
    await here.record({ scan: here.verdict('scan', { facts }) });
    await expectRefused(
      'The statement of the verdict "scan" is of a scan without trivy, npm-audit, which sluice.yml asks for',
      { byRecords: false },
    );
  }, 60_000);

  it('given a variable that chose those others, then it is not promoted at GitHub; in a rehearsal it is', async () => {
    const facts = { ...scanFacts, tools: 'secretlint 12.0.0' };
    await here.record({ scan: here.verdict('scan', { facts }) });
    const variables = JSON.stringify({ SLUICE_SCAN_TOOLS: 'secretlint' });
    const atGitHub = await here.promote({ variables }, 'https://github.com');
    expect(atGitHub).toMatchObject({ exitCode: 1, outputs: { image: '' } });
    expect(atGitHub.log).toContain('is of a scan without trivy, npm-audit, which sluice.yml asks for');
    const rehearsed = await here.promote({ variables });
    expect(rehearsed.log).not.toContain('::error');
    expect(rehearsed).toMatchObject({ exitCode: 0, outputs: { image: here.image } });
  }, 60_000);

  it('given evidence that was edited, then the digest is not promoted', async () => {
    await here.record();
    const uat = here.github.statuses.find(({ context }) => context.endsWith('/uat'))!;
    const manifest = uat.description.split(' ').at(-1) ?? '';
    const statement = await statementOf(manifest);
    await attach({
      verdict: { ...statement.verdict, summary: 'all is well' },
      issue: { ...statement.issue, issuedAt: new Date(Date.now() + 1000).toISOString() },
    });
    await expectRefused('The statement of the verdict "uat" is not the newest', { byRecords: false });

    await here.detach(manifest);
    await expectRefused('The statement of the verdict "uat" is not in the registry', { byRecords: false });
  }, 60_000);

  it('given a record that somebody else wrote, then the digest is not promoted', async () => {
    await here.record({ scan: here.verdict('scan', { outcome: 'failed' }) });
    const failed = here.github.statuses.find(({ context }) => context.endsWith('/scan'))!;
    here.github.statuses.unshift({
      ...failed,
      state: 'success',
      description: failed.description.replace('failed', 'passed'),
      creator: { login: 'mallory' },
    });
    await expectRefused('The verdict "scan" of staging was recorded by mallory, and not by a pipeline', {
      byRecords: true,
    });
    // Not even in the pipeline's name: the statement that it names says what was found.
    here.github.statuses[0] = {
      ...here.github.statuses[0]!,
      creator: { login: 'github-actions[bot]' },
    };
    await expectRefused('The statement of the verdict "scan" says failed', { byRecords: false });
  }, 60_000);

  it('given evidence that is older than allowed, then the digest is not promoted', async () => {
    await here.record();
    const eightDaysAgo = new Date(Date.now() - 8 * 86_400_000).toISOString();
    here.github.statuses = here.github.statuses.map((status) => ({ ...status, created_at: eightDaysAgo }));
    await expectRefused('The verdict "scan" of staging is 8 days old', { byRecords: true });
  }, 60_000);

  it('given an image that was swapped after the checks, then it is not promoted', async () => {
    await here.record();
    here.deployToStaging({ image: here.image.replace(here.digest, other), digest: other });
    await expectRefused('"scan" looked at another image', { byRecords: true });
  }, 60_000);

  it('given a commit that was deployed again, then its checks have to be run again', async () => {
    await here.record();
    here.github.statuses = here.github.statuses.map((status) => ({
      ...status,
      created_at: new Date(Date.now() - 60_000).toISOString(),
    }));
    here.deployToStaging();
    await expectRefused('before the commit was last deployed to staging', { byRecords: true });
  }, 60_000);

  it('given a verdict of a run for another commit, then the digest is not promoted', async () => {
    await here.record();
    here.github.runs.length = 0;
    here.github.ranFor('f'.repeat(40));
    await expectRefused('was for commit ffffffffffff', { byRecords: true });
  }, 60_000);
});
