import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gitEnvironment } from '../../rehearsal/hub/git/repository.ts';
import type { Job, Run } from '../../rehearsal/hub/model.ts';
import { startRehearsal, type Rehearsal, type RehearsalOptions } from '../../rehearsal/rehearsal.ts';

/** A small repository of somebody who adopted the pack, and its rehearsal. */
export interface Rehearsing {
  readonly repository: string;
  readonly rehearsal: Rehearsal;
  readonly said: readonly string[];
  git(...args: string[]): string;
  /** Commits the files and pushes HEAD as develop through the remote, as a user does. @returns its run, started */
  push(files?: Readonly<Record<string, string>>): Promise<Run>;
  finished(run: Run): Promise<Run>;
  /** What answers in development. */
  answers(): Promise<string | undefined>;
  end(): Promise<void>;
}

/** A run that takes longer than this hangs, however busy the machine is. */
const deadlineMs = 240_000;

export const good = `
import { createServer } from 'node:http';
createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ version: process.env.SLUICE_VERSION }));
}).listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

export const crashing = `console.error('no key to sign with'); process.exit(3);`;

const junit =
  '<testsuites tests="1" failures="0"><testsuite name="shop" tests="1" failures="0"><testcase classname="shop" name="adds" time="0.001"/></testsuite></testsuites>';

export function files(environment: Record<string, unknown> = {}): Record<string, string> {
  return {
    'sluice.yml': JSON.stringify(
      {
        service: 'shop',
        image: { context: 'service' },
        container: { health: { interval: '5s', unhealthyAfter: 2 }, stopTimeout: '2s' },
        environments: {
          development: {
            on: { branch: 'develop' },
            aws: {
              region: 'eu-west-1',
              role: { var: 'AWS_ROLE_DEVELOPMENT' },
              executionRole: { var: 'AWS_EXECUTION_ROLE_DEVELOPMENT' },
            },
            url: { var: 'SLUICE_DEVELOPMENT_URL' },
            compute: { instance: 't3.micro' },
            network: { mode: 'bridge', hostPort: { var: 'SLUICE_DEVELOPMENT_PORT' } },
            deploy: { minimumHealthy: 0, maximum: 100, timeout: '3m' },
            proof: { answers: 2, within: '20s' },
            checks: {
              test: { install: 'true', lint: 'true', unit: `printf '%s' '${junit}' > junit.xml` },
              integration: { scenarios: 'integration/*.yml' },
            },
            ...environment,
          },
        },
      },
      null,
      2,
    ),
    'integration/shop.yml': [
      'title: The shop',
      'scenarios:',
      '  - name: It is the version that was deployed',
      '    steps:',
      '      - request: GET /version',
      '        expect:',
      "          json: { version: '${version}' }",
      '',
    ].join('\n'),
    'service/package.json': '{"name":"shop","version":"1.0.0","type":"module","private":true}',
    'service/package-lock.json':
      '{"name":"shop","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"shop","version":"1.0.0"}}}',
    'service/main.js': good,
    'service/Dockerfile': [
      'FROM node:24-slim AS dependencies',
      'WORKDIR /app',
      'COPY package.json package-lock.json ./',
      'RUN npm ci --omit=dev',
      'FROM node:24-slim',
      'WORKDIR /app',
      'COPY package.json main.js ./',
      'CMD ["node", "main.js"]',
      '',
    ].join('\n'),
    '.github/workflows/on-push-development.yml': [
      'name: Push to development',
      'on: { push: { branches: [develop] } }',
      'permissions: {}',
      'jobs:',
      '  development:',
      '    uses: sluice-pack/sluice/.github/workflows/development.yml@v1',
      '    permissions: { contents: read, id-token: write, deployments: write, actions: read }',
      '',
    ].join('\n'),
  };
}

export async function rehearsing(
  environment: Record<string, unknown> = {},
  options: Partial<RehearsalOptions> = {},
): Promise<Rehearsing> {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'sluice-rehearsing-'));
  const repository = path.join(folder, 'shop');
  mkdirSync(repository);
  const env = { ...gitEnvironment(), SLUICE_FOLLOW: '0' };
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
      cwd: repository,
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const commit = (changes: Readonly<Record<string, string>>): void => {
    for (const [name, content] of Object.entries(changes)) {
      const file = path.join(repository, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'Change things');
  };
  git('init', '--quiet', '--initial-branch=develop');
  commit(files(environment));

  const said: string[] = [];
  const rehearsal = await startRehearsal({
    repository,
    config: 'sluice.yml',
    port: undefined,
    timeScale: 20,
    driver: 'process',
    variables: {},
    fresh: false,
    say: (line) => said.push(line),
    log: (line) => said.push(`log: ${line}`),
    ...options,
  });
  return {
    repository,
    rehearsal,
    said,
    git,
    push: async (changes = {}) => {
      commit(changes);
      const known = new Set(rehearsal.hub.runs.keys());
      // Not synchronously: the hook waits for the hub, and the hub is in this process.
      await promisify(execFile)('git', ['push', '--quiet', rehearsal.remote, 'HEAD:develop'], {
        cwd: repository,
        env,
      });
      const run = [...rehearsal.hub.runs.values()].find(({ id }) => !known.has(id));
      if (run === undefined) throw new Error(`The push started no run.\n${said.join('\n')}`);
      return run;
    },
    finished: (run) => rehearsal.engine.whenFinished(run.id, AbortSignal.timeout(deadlineMs)),
    answers: async () => {
      const url = rehearsal.hub.environment('development').variables.SLUICE_DEVELOPMENT_URL ?? '';
      try {
        return ((await (await fetch(`${url}/version`)).json()) as { version?: string }).version;
      } catch {
        return undefined;
      }
    },
    end: async () => {
      await rehearsal.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A job by its name, without its caller's. */
export function job(run: Run, name: string): Job {
  const found = run.jobs.findLast((candidate) => candidate.name.split(' / ').at(-1) === name);
  if (found === undefined)
    throw new Error(`The run has no job "${name}": ${run.jobs.map((one) => one.name).join(', ')}`);
  return found;
}

export function summaryOf(run: Run, name: string): string {
  return job(run, name)
    .steps.map(({ summary }) => summary ?? '')
    .join('\n');
}
