import type { Job, Run } from '../../rehearsal/hub/model.ts';
import type { Rehearsal, RehearsalOptions } from '../../rehearsal/rehearsal.ts';
import { rehearsedRepository } from './repository.ts';

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
  const here = await rehearsedRepository('develop', files(environment), options);
  const { rehearsal } = here;
  return {
    ...here,
    push: (changes = {}) => {
      here.commit(changes);
      return here.push('HEAD:develop');
    },
    answers: async () => {
      const url = rehearsal.hub.environment('development').variables.SLUICE_DEVELOPMENT_URL ?? '';
      try {
        return ((await (await fetch(`${url}/version`)).json()) as { version?: string }).version;
      } catch {
        return undefined;
      }
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
