import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { adminCredentials, startCloud, type Cloud } from '../../rehearsal/cloud/index.ts';
import { formatVerdict, verdictArtifact, type Verdict, type VerdictKind } from '../../src/evidence/index.ts';
import { withGitHub } from '../../src/github/github.fake.ts';
import { createRunner, runCommand } from '../../src/github/index.ts';
import {
  buildImage,
  findRepository,
  openRegistry,
  type Descriptor,
  type Registry,
} from '../../src/image/index.ts';
import { runAction, type Ended } from '../running/action.ts';
import { Repository } from './github.ts';

const sluiceYml = `service: shop
image: { context: service }
environments:
  staging:
    on: { branch: main }
    url: https://127.0.0.1:1
    aws: { region: eu-west-1 }
    compute: { instance: t3.small }
    checks:
      test: {}
      scan: { tools: { var: SLUICE_SCAN_TOOLS, default: 'trivy, npm-audit, secretlint' } }
      uat: {}
      performance: {}
  production:
    on: { tag: 'v*.*.*' }
    url: https://127.0.0.1:1
    approval: { reviewers: 1 }
    aws: { region: eu-west-1 }
    compute: { instance: t3.medium }
    promote: { from: staging, require: [scan, uat, performance] }
`;

/** What a scan says that asked everybody whom sluice.yml names. */
export const scanFacts = {
  tools: 'trivy 0.69.3, npm-audit 11.19.1, secretlint 12.0.0',
  failOn: 'critical, high',
  databaseAgeLimit: '2d',
};

/** A commit whose image is built and in a registry, and what GitHub says of it: ready to be checked and promoted. */
export interface Promoting {
  readonly sha: string;
  /** `registry/repository@sha256:…` */
  readonly image: string;
  readonly digest: string;
  readonly registry: Registry;
  /** Anew for each test. */
  github: Repository;
  /** As `deploy` records it. */
  deployToStaging(change?: Readonly<Record<string, unknown>>): void;
  verdict(kind: VerdictKind, change?: Partial<Verdict>): string;
  /** The three verdicts, all passed, unless they are said otherwise. */
  record(inputs?: Readonly<Record<string, string>>): Promise<Ended>;
  /** @param serverUrl where GitHub is; on this machine where it is left out */
  promote(inputs?: Readonly<Record<string, string>>, serverUrl?: string): Promise<Ended>;
  /** The statements at the digest, oldest first. */
  attached(): Promise<readonly Descriptor[]>;
  /** Deletes what is attached, as somebody with rights to the registry can. */
  detach(manifest: string): Promise<void>;
  end(): Promise<void>;
}

export async function promoting(): Promise<Promoting> {
  const root = await mkdtemp(path.join(tmpdir(), 'sluice-promoting-'));
  const workspace = path.join(root, 'workspace');
  await mkdir(path.join(workspace, 'service'), { recursive: true });
  await writeFile(path.join(workspace, 'sluice.yml'), sluiceYml);
  await writeFile(
    path.join(workspace, 'service/Dockerfile'),
    'FROM node:24-slim\nCOPY . .\nCMD ["node", "main.js"]\n',
  );
  await writeFile(path.join(workspace, 'service/main.js'), 'console.log(1);\n');
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: workspace,
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'The shop');
  const sha = git('rev-parse', 'HEAD');
  const cloud = await startCloud({ stateDirectory: path.join(root, 'state'), driver: 'process' });
  const { image, registry } = await build(cloud, workspace, sha, path.join(root, 'cache'));
  const digest = image.split('@')[1] ?? '';

  const run = async (
    action: string,
    ref: string,
    inputs: Readonly<Record<string, string>>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Ended> => {
    let end: Ended | undefined;
    await withGitHub(here.github.answer, async ({ apiUrl }) => {
      end = await runAction({
        action,
        workspace,
        sha,
        ref,
        apiUrl,
        cloudUrl: cloud.url,
        inputs: { 'github-token': 'the-job-s-token', ...inputs },
        environment,
      });
    });
    return end!;
  };

  const here: Promoting = {
    sha,
    image,
    digest,
    registry,
    github: new Repository(),
    deployToStaging: (change = {}) => {
      here.github.records.add(
        {
          environment: 'staging',
          sha,
          payload: { version: sha, commit: sha, image, digest, ...change },
        },
        'in_progress',
        'success',
      );
    },
    verdict: (kind, change = {}) =>
      formatVerdict({
        kind,
        outcome: 'passed',
        digest,
        summary: `${kind} found nothing`,
        facts: kind === 'scan' ? { looked: 12, ...scanFacts } : { looked: 12 },
        startedAt: new Date(Date.now() - 60_000).toISOString(),
        finishedAt: new Date().toISOString(),
        ...change,
      }),
    record: (inputs = {}) =>
      run('record-verdict', 'refs/heads/main', {
        environment: 'staging',
        image,
        scan: here.verdict('scan'),
        uat: here.verdict('uat'),
        performance: here.verdict('performance'),
        ...inputs,
      }),
    promote: (inputs = {}, serverUrl) =>
      run(
        'promote',
        'refs/tags/v1.0.0',
        { environment: 'production', version: '1.0.0', ...inputs },
        serverUrl === undefined ? {} : { GITHUB_SERVER_URL: serverUrl },
      ),
    attached: () => registry.referrers(digest, verdictArtifact),
    detach: async (manifest) => {
      const name = image.slice(image.indexOf('/') + 1, image.indexOf('@'));
      const { username, password } = await cloudCredentials(cloud);
      const answer = await fetch(`http://${image.split('/')[0] ?? ''}/v2/${name}/manifests/${manifest}`, {
        method: 'DELETE',
        headers: {
          authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        },
      });
      if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    },
    end: async () => {
      await cloud.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
  return here;
}

const silent = createRunner({
  environment: { PATH: process.env['PATH'] },
  write: () => undefined,
  append: () => undefined,
  setExitCode: () => undefined,
});

const ecrOf = (cloud: Cloud): ECRClient =>
  new ECRClient({ endpoint: cloud.url, region: 'eu-west-1', credentials: adminCredentials });

async function cloudCredentials(cloud: Cloud): Promise<{ username: string; password: string }> {
  const { credentials } = await findRepository(ecrOf(cloud), 'shop', silent);
  return credentials();
}

async function build(
  cloud: Cloud,
  workspace: string,
  commit: string,
  cache: string,
): Promise<{ readonly image: string; readonly registry: Registry }> {
  const ecr = ecrOf(cloud);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop' }));
  const { repository, credentials } = await findRepository(ecr, 'shop', silent);
  const registry = openRegistry({ repository, credentials });
  const built = await buildImage({
    workspace,
    context: 'service',
    dockerfile: 'Dockerfile',
    platform: { os: 'linux', architecture: 'amd64' },
    title: 'shop',
    commit,
    builder: 'layered',
    allowBaseless: false,
    cache,
    target: { repository, credentials, registry },
    run: runCommand,
    runner: silent,
  });
  return { image: built.image?.reference ?? '', registry };
}
