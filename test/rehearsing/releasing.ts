import { readFileSync } from 'node:fs';
import path from 'node:path';
import { reviewer } from '../../rehearsal/approvals.ts';
import { reviewDeployments } from '../../rehearsal/hub/environments/index.ts';
import type { Run } from '../../rehearsal/hub/model.ts';
import type { Rehearsal, RehearsalOptions } from '../../rehearsal/rehearsal.ts';
import { bringUsers, type Users } from '../../rehearsal/users.ts';
import { files, job } from './rehearsing.ts';
import { rehearsedRepository } from './repository.ts';

/**
 * A small repository that brings releases through staging to production, in its rehearsal: no development, a shop
 * whose image is built in a moment, and users at the front door while traffic shifts.
 */
export interface Releasing {
  readonly repository: string;
  readonly rehearsal: Rehearsal;
  readonly users: Users;
  readonly said: readonly string[];
  /** Commits the files. @returns the commit */
  commit(changes: Readonly<Record<string, string>>): string;
  /** Commits the files, and pushes HEAD as main. @returns its run, started */
  push(changes: Readonly<Record<string, string>>): Promise<Run>;
  /** Commits the files, and pushes HEAD as main. @returns the finished run */
  stage(changes?: Readonly<Record<string, string>>): Promise<Run>;
  /** Pushes HEAD as a tag. @returns its run, started */
  tag(name: string): Promise<Run>;
  /** Settles when the run waits for a review. */
  waits(run: Run): Promise<void>;
  review(run: Run, state: 'approved' | 'rejected', as?: string): void;
  finished(run: Run): Promise<Run>;
  /** Settles when the run's step is in progress. */
  reaches(run: Run, jobName: string, step: string): Promise<void>;
  /** What answers at an environment's front door: its version, or the HTTP status; `undefined`: nothing. */
  answers(environment?: 'staging' | 'production'): Promise<string | number | undefined>;
  end(): Promise<void>;
}

const root = path.resolve(import.meta.dirname, '..', '..');

/** A shop: `/version` for probes and users, `/health`, a stream that goes on for a while, and a slow page. */
export function shop({
  errorShare = 0,
  delayMs = 0,
}: { errorShare?: number; delayMs?: number } = {}): string {
  return `
import { createServer } from 'node:http';
let served = 0;
const server = createServer((request, response) => {
  if (request.url === '/health') return response.end('ok');
  if (request.url === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let sent = 0;
    const timer = setInterval(() => {
      response.write('data: ' + (sent += 1) + '\\n\\n');
      if (sent === 40) { clearInterval(timer); response.end('data: end\\n\\n'); }
    }, 250);
    return response.once('close', () => clearInterval(timer));
  }
  served += 1;
  const wait = request.url === '/slow' ? 5000 : ${delayMs};
  const fails = ${errorShare} > 0 && served % ${errorShare === 0 ? 1 : Math.round(1 / errorShare)} === 0;
  setTimeout(() => {
    response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ version: process.env.SLUICE_VERSION }));
  }, wait);
});
server.keepAliveTimeout = 75_000;
server.listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;
}

/** The way of deploying to production that the tests start from; durations are of the cloud's time. */
export const canary = {
  strategy: 'canary',
  steps: { percent: 20, every: '4m' },
  bake: '4m',
  gates: { beforeTraffic: ['health'], eachStep: ['analysis'], afterTraffic: ['analysis'] },
  gateTimeout: '30m',
  alarms: ['shop-prod-5xx'],
  timeout: '15m',
};

/** What a test may want otherwise, beside the way of deploying to production. */
export interface ReleasingOptions extends Partial<RehearsalOptions> {
  /** The checks of staging beside its tests; a promotion then asks for a verdict of each. */
  readonly checks?: Readonly<Record<'scan' | 'uat' | 'performance', object>>;
  /** Beside those of the shop. */
  readonly files?: Readonly<Record<string, string>>;
}

function releasingFiles(
  deploy: object,
  { checks, files: more }: Pick<ReleasingOptions, 'checks' | 'files'>,
): Record<string, string> {
  const adopted = files();
  const template = (name: string): string =>
    readFileSync(path.join(root, 'workflows-templates', `${name}.yml`), 'utf8');
  const base = JSON.parse(adopted['sluice.yml'] ?? '') as Record<string, unknown> & {
    environments: { development: Record<string, unknown> };
  };
  const { development } = base.environments;
  const aws = (name: string) => ({
    region: 'eu-west-1',
    role: { var: `AWS_ROLE_${name}` },
    executionRole: { var: `AWS_EXECUTION_ROLE_${name}` },
  });
  const config = {
    ...base,
    container: { health: { interval: '5s', healthyAfter: 2, unhealthyAfter: 2 }, stopTimeout: '15s' },
    environments: {
      staging: {
        ...development,
        on: { branch: 'main' },
        aws: aws('STAGING'),
        url: { var: 'SLUICE_STAGING_URL' },
        network: { mode: 'bridge', hostPort: { var: 'SLUICE_STAGING_PORT' } },
        checks: { test: (development.checks as { test: unknown }).test, ...checks },
      },
      production: {
        on: { tag: 'v*.*.*' },
        approval: { reviewers: 1, selfApproval: false },
        aws: aws('PRODUCTION'),
        url: { var: 'SLUICE_PRODUCTION_URL' },
        compute: { instance: 't3.micro', count: 2 },
        loadBalancer: {
          targetGroup: { var: 'SLUICE_PRODUCTION_BLUE' },
          alternateTargetGroup: { var: 'SLUICE_PRODUCTION_GREEN' },
          productionRule: { var: 'SLUICE_PRODUCTION_RULE' },
          testRule: { var: 'SLUICE_PRODUCTION_TEST_RULE' },
          role: { var: 'SLUICE_PRODUCTION_TRAFFIC_ROLE' },
        },
        deploy,
        proof: { answers: 3, within: '20s' },
        promote: { from: 'staging', require: Object.keys(checks ?? {}) },
        slo: { availability: '99.9%' },
        checks: [],
      },
    },
  };
  const rest = Object.entries(adopted).filter(([name]) => !/on-push-development|integration/.test(name));
  return {
    ...Object.fromEntries(rest),
    'sluice.yml': JSON.stringify(config, null, 2),
    'service/main.js': shop(),
    '.github/workflows/on-push-staging.yml': template('staging'),
    '.github/workflows/on-push-production.yml': template('production'),
    '.github/workflows/rollback.yml': template('rollback'),
    ...more,
  };
}

export async function releasing(
  deploy: object = canary,
  { checks, files: more, ...options }: ReleasingOptions = {},
): Promise<Releasing> {
  const wanted = {
    ...(checks === undefined ? {} : { checks }),
    ...(more === undefined ? {} : { files: more }),
  };
  const here = await rehearsedRepository('main', releasingFiles(deploy, wanted), {
    timeScale: 12,
    ...options,
  });
  const { rehearsal, said } = here;
  const { hub } = rehearsal;
  const frontDoorOf = (environment: string): URL =>
    new URL('/version', hub.environment(environment).variables[`SLUICE_${environment.toUpperCase()}_URL`]);
  const frontDoor = frontDoorOf('production');
  const users = bringUsers({
    hub,
    urlOf: (name) => (name === 'production' ? frontDoor : undefined),
    versionKey: 'version',
    requestsPerSecond: 200,
    onEnd: ({ requests, failed, failures }) =>
      said.push(`users: ${requests}, ${failed} failed ${failures.join('; ')}`),
  });

  /** Settles when `holds`; fails where the run ends first. */
  const until = (run: Run, what: string, holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): boolean => {
        if (holds()) resolve();
        else if (run.status === 'completed') {
          reject(new Error(`The run ended (${run.conclusion ?? ''}) before ${what}.\n${said.join('\n')}`));
        } else return false;
        return true;
      };
      if (look()) return;
      const stop = hub.onChange(() => {
        if (look()) stop();
      });
    });

  return {
    repository: here.repository,
    rehearsal,
    users,
    said,
    commit: (changes) => {
      here.commit(changes);
      return here.git('rev-parse', 'HEAD').trim();
    },
    push: (changes) => {
      here.commit(changes);
      return here.push('HEAD:main');
    },
    stage: async (changes = {}) => {
      here.commit(changes);
      return here.finished(await here.push('HEAD:main'));
    },
    tag: (name) => here.push(`HEAD:refs/tags/${name}`),
    waits: (run) =>
      until(run, 'it waited for a review', () =>
        run.jobs.some(({ status, gate }) => status === 'waiting' && gate?.review === 'needed'),
      ),
    review: (run, state, as = reviewer) =>
      void reviewDeployments(hub, {
        runId: run.id,
        environments: ['production'],
        state,
        comment: 'Looked at.',
        reviewer: as,
        at: new Date().toISOString(),
      }),
    finished: (run) => here.finished(run),
    reaches: (run, jobName, step) =>
      until(run, `it reached "${step}"`, () =>
        run.jobs.some(
          ({ name, steps }) =>
            name.split(' / ').at(-1) === jobName &&
            steps.some((one) => one.name === step && one.status === 'in_progress'),
        ),
      ),
    answers: async (environment = 'production') => {
      try {
        const response = await fetch(frontDoorOf(environment), { headers: { connection: 'close' } });
        if (!response.ok) return response.status;
        return ((await response.json()) as { version?: string }).version;
      } catch {
        return undefined;
      }
    },
    end: async () => {
      await users.stop();
      await here.end();
    },
  };
}

export { job };
