import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { adminCredentials, startCloud, type Cloud } from '../../rehearsal/cloud/index.ts';
import { withGitHub } from '../../src/github/github.fake.ts';
import { heardRunner } from '../../src/github/runner.fixture.ts';
import { runAction, type Ended } from '../running/action.ts';
import { buildService } from '../running/build.ts';
import { initialise, type Checkout } from '../running/checkout.ts';

const sluiceYml = `service: shop
image: { context: service }
environments:
  staging:
    on: { branch: main }
    url: https://127.0.0.1:1
    compute: { instance: t3.small }
  production:
    on: { tag: 'v*.*.*' }
    url: https://127.0.0.1:1
    approval: { reviewers: 1 }
    aws: { region: eu-west-1 }
    compute: { instance: t3.medium }
    promote: { from: staging }
`;

/** A deployment as GitHub has it, newest first in its list. */
interface Deployed {
  readonly environment: string;
  readonly payload: Readonly<Record<string, string>>;
  /** Newest first. */
  readonly states: readonly string[];
  readonly reason?: string;
}

const reviewers = {
  type: 'required_reviewers',
  prevent_self_review: true,
  reviewers: [{ type: 'User', reviewer: { login: 'grace' } }],
};

describe('promoting what was built and staged for real', () => {
  let root: string;
  let workspace: string;
  let cloud: Cloud;
  let image: string;
  let sha: string;
  let git: Checkout['git'];
  let commit: Checkout['commit'];

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'sluice-promote-'));
    workspace = path.join(root, 'workspace');
    await mkdir(path.join(workspace, 'service'), { recursive: true });
    await writeFile(path.join(workspace, 'sluice.yml'), sluiceYml);
    await writeFile(
      path.join(workspace, 'service/Dockerfile'),
      'FROM node:24-slim\nCOPY . .\nCMD ["node", "main.js"]\n',
    );
    await writeFile(path.join(workspace, 'service/main.js'), 'console.log(1);\n');
    ({ git, commit } = initialise(workspace));
    sha = commit();
    cloud = await startCloud({ stateDirectory: path.join(root, 'state'), driver: 'process' });
    const ecr = new ECRClient({ endpoint: cloud.url, region: 'eu-west-1', credentials: adminCredentials });
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop' }));
    const { result } = await buildService({
      ecr,
      runner: heardRunner({ PATH: process.env['PATH'] }).runner,
      name: 'shop',
      workspace,
      commit: sha,
      cache: path.join(root, 'cache'),
    });
    ecr.destroy();
    image = result.image?.reference ?? '';
  }, 60_000);

  afterAll(async () => {
    await cloud.stop();
    await rm(root, { recursive: true, force: true });
  });

  const digest = (): string => image.split('@')[1] ?? '';

  const staged = (at: string, change: Partial<Deployed> = {}): Deployed => ({
    environment: 'staging',
    payload: { version: at, image, digest: digest() },
    states: ['success', 'in_progress'],
    ...change,
  });

  const promote = async (
    at: string,
    records: readonly Deployed[],
    inputs: Readonly<Record<string, string>> = {},
    protectionRules: readonly object[] = [reviewers],
  ): Promise<Ended> => {
    let end: Ended | undefined;
    await withGitHub(
      ({ path: asked }) => {
        const id = /deployments\/(\d+)\/statuses/.exec(asked)?.[1];
        if (id !== undefined) {
          const record = records[Number(id)];
          return {
            status: 200,
            body: record?.states.map((state) => ({ state, description: record.reason ?? '' })),
          };
        }
        if (asked.endsWith('/environments/production')) {
          return { status: 200, body: { protection_rules: protectionRules } };
        }
        const environment = new URL(asked, 'http://x').searchParams.get('environment');
        const body = records.flatMap((record, index) =>
          record.environment === environment
            ? [{ id: index, sha: 'f'.repeat(40), ref: 'main', environment, payload: record.payload }]
            : [],
        );
        return { status: 200, body };
      },
      async ({ apiUrl }) => {
        end = await runAction({
          action: 'promote',
          workspace,
          sha: at,
          ref: 'refs/tags/v1.0.0',
          apiUrl,
          cloudUrl: cloud.url,
          inputs: {
            environment: 'production',
            version: '1.0.0',
            'github-token': 'the-job-s-token',
            ...inputs,
          },
        });
      },
    );
    return end!;
  };

  it('gives the digest that staging served, once the registry has shown it', async () => {
    const end = await promote(sha, [staged(sha)]);
    expect(end).toMatchObject({ exitCode: 0, outputs: { image, digest: digest() } });
    expect(JSON.parse(end.outputs['evidence'] ?? '')).toMatchObject({
      commit: sha,
      digest: digest(),
      provenIn: { environment: 'staging', deployment: 0, standing: 'good' },
    });
    expect(end.summary).toContain('Promoted: 1.0.0 from staging to production');
  });

  it('refuses an image of another commit’s source, however good its record is', async () => {
    await writeFile(path.join(workspace, 'service/main.js'), 'console.log(2);\n');
    const next = commit();
    try {
      const end = await promote(next, [staged(next)]);
      expect(end).toMatchObject({ exitCode: 1, outputs: { image: '', digest: '' } });
      expect(end.log).toContain(`was not built of commit ${next.slice(0, 12)}`);
      expect(end.log).toContain(`the commit has ${git('rev-parse', 'HEAD:service')}`);
    } finally {
      git('reset', '--quiet', '--hard', sha);
    }
  });

  it('refuses a digest that the registry does not have', async () => {
    const gone = `sha256:${'0'.repeat(64)}`;
    const payload = { version: sha, image: `${image.split('@')[0] ?? ''}@${gone}`, digest: gone };
    const end = await promote(sha, [staged(sha, { payload })]);
    expect(end.exitCode).toBe(1);
    expect(end.log).toContain('The registry does not have');
  });

  it('refuses what failed in production, with the reason that was recorded, unless it is named', async () => {
    const failed: Deployed = {
      environment: 'production',
      payload: { version: '0.9.0', commit: sha, image, digest: digest() },
      states: ['failure', 'in_progress'],
      reason: 'green answered with 5xx',
    };
    const refused = await promote(sha, [staged(sha), failed]);
    expect(refused.exitCode).toBe(1);
    expect(refused.log).toContain('is quarantined: it failed in production');
    expect(refused.log).toContain('green answered with 5xx');

    const named = await promote(sha, [staged(sha), failed], { override: digest() });
    expect(named).toMatchObject({ exitCode: 0, outputs: { image } });
    expect(named.log).toContain('::warning');
  });

  it('needs no AWS where only the records are asked', async () => {
    const end = await promote(sha, [staged(sha, { states: ['inactive', 'success', 'in_progress'] })], {
      'verify-image': 'false',
    });
    expect(end).toMatchObject({ exitCode: 0, outputs: { image } });
  });

  it.each([
    ['nobody is asked', [{ type: 'wait_timer' }], 'the environment has no required reviewers'],
    [
      'one may approve one’s own',
      [{ ...reviewers, prevent_self_review: false }],
      'forbids to approve one’s own release',
    ],
  ])('refuses where %s at GitHub, although sluice.yml asks for it', async (_, rules, reason) => {
    const inputs = { 'verify-image': 'false' };
    const refused = await promote(sha, [staged(sha)], inputs, rules);
    expect(refused.exitCode).toBe(1);
    expect(refused.log).toContain(reason);
    const elsewhere = await promote(sha, [staged(sha)], { ...inputs, approval: 'elsewhere' }, rules);
    expect(elsewhere).toMatchObject({ exitCode: 0, outputs: { image } });
  });
});
