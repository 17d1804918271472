import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type { CallRecord, CloudOptions } from '../../rehearsal/cloud/index.ts';
import { scaledClock } from '../../rehearsal/cloud/index.ts';
import { trial, type Trial } from '../../rehearsal/cloud/trial.ts';
import { choosePorts } from '../../rehearsal/ports.ts';
import { provision } from '../../rehearsal/seed/index.ts';
import { checkedOut, runAction, type Ended } from '../running/action.ts';
import { pushEach } from './images.ts';
import { servedVersion } from './live-service.ts';

export type { Ended } from '../running/action.ts';

/** What a release does once it is started. */
export type Kind = 'good' | 'crashing' | 'unhealthy' | 'wrong-version' | 'erring' | 'gated';

const server = (health: string, version: string, status = '200'): string => `
import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.url === '/health') response.writeHead(${health}).end();
  else response.writeHead(${status}, { 'content-type': 'application/json' }).end(JSON.stringify({ version: ${version} }));
}).listen(process.env.PORT, '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => process.exit(0));
`;

const programs: Readonly<Record<Kind, string>> = {
  good: server('200', 'process.env.SLUICE_VERSION'),
  crashing: `console.error('no key to sign with'); process.exit(3);`,
  unhealthy: server('500', 'process.env.SLUICE_VERSION'),
  'wrong-version': server('200', '"0.0.0"'),
  erring: server('200', 'process.env.SLUICE_VERSION', '500'),
  gated: `
import { existsSync } from 'node:fs';
if (!existsSync(process.env.GATE)) { console.error('the gate is closed'); process.exit(4); }
${server('200', 'process.env.SLUICE_VERSION')}`,
};

/** An account with a cluster and images of each kind, and the compiled-from-source `deploy` action to deploy them. */
export interface Deploying {
  readonly trial: Trial;
  readonly ecs: ECSClient;
  readonly url: string;
  /** `registry/repository@sha256:…` */
  readonly images: Readonly<Record<Kind, string>>;
  /** The sluice.yml that `deploy` gets with these options. */
  configuration(options?: DeployOptions): string;
  /** Runs `deploy` in a process of its own, as a runner does. */
  deploy(kind: Kind, version: string, options?: DeployOptions): Promise<Ended>;
  /** What ECS has: how often things were done, and what is live. */
  state(): Promise<{ taskDefinitions: number; deployments: string[]; taskDefinition: string | undefined }>;
  /** Lets releases of the kind `gated` start, from now on. */
  openGate(): void;
  /** Moves the service by hand, as somebody else does: to a task definition of another version. */
  moveByHand(kind: Kind, version: string): Promise<void>;
  /** What answers at the front door. */
  answers(): Promise<string | undefined>;
  end(): Promise<void>;
}

export interface DeployOptions {
  /** Called once it runs, to kill it or to interrupt it. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  readonly secret?: string;
  /** Keys of the environment in sluice.yml, over the harness's own. */
  readonly keys?: Readonly<Record<string, unknown>>;
  /** Files in the workspace. */
  readonly files?: Readonly<Record<string, string>>;
  readonly until?: 'done' | 'settled';
  /** GitHub's REST API, for its records; without one nothing is recorded. */
  readonly apiUrl?: string;
}

/** Waits of the cloud pass this many times as fast; the processes and the probes are real. */
const timeScale = 20;

export async function deploying(options: Partial<CloudOptions> = {}): Promise<Deploying> {
  const here = await trial({ clock: scaledClock(timeScale), ...options });
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-deploying-'));
  const { ports } = await choosePorts([
    { name: 'service', preferred: 45_000 + (process.pid % 9_000), required: false },
  ]);
  const port = ports.service ?? 0;
  const url = `http://127.0.0.1:${port}`;
  await provision(here.cloud, { issuer: 'http://127.0.0.1:1/oidc', subjectsOf: () => [] }, [
    {
      environment: 'development',
      region: 'eu-west-1',
      cluster: 'shop-dev',
      repository: 'shop',
      logGroup: '/ecs/shop/development',
      deployRole: 'deploy',
      executionRole: 'execution',
      secrets: {},
    },
  ]);
  const gate = path.join(folder, 'gate');
  const images = await pushEach(here, programs);
  const ecs = new ECSClient({ ...here.client, maxAttempts: 5 });

  const deploy = (kind: Kind, version: string, how: DeployOptions = {}): Promise<Ended> =>
    runAction({
      action: 'deploy',
      cloudUrl: here.cloud.url,
      ref: 'refs/heads/develop',
      inputs: {
        environment: 'development',
        image: images[kind],
        version,
        until: how.until ?? 'done',
        ...(how.apiUrl === undefined ? {} : { 'github-token': 'a-token' }),
      },
      ...(how.apiUrl === undefined ? {} : { apiUrl: how.apiUrl }),
      ...checkedOut(folder, version, { ...how.files, 'sluice.yml': configuration(url, port, gate, how) }),
      onStart: how.onStart,
    });

  return {
    trial: here,
    ecs,
    url,
    images,
    configuration: (how = {}) => configuration(url, port, gate, how),
    deploy,
    state: async () => {
      const definitions = await ecs.send(
        new ListTaskDefinitionsCommand({ familyPrefix: 'shop-development' }),
      );
      const { services } = await ecs.send(
        new DescribeServicesCommand({ cluster: 'shop-dev', services: ['shop'] }),
      );
      const service = services?.find(({ status }) => status === 'ACTIVE');
      const deployments =
        service === undefined
          ? []
          : (await ecs.send(new ListServiceDeploymentsCommand({ cluster: 'shop-dev', service: 'shop' })))
              .serviceDeployments;
      return {
        taskDefinitions: definitions.taskDefinitionArns?.length ?? 0,
        deployments: (deployments ?? []).map(({ status }) => status ?? ''),
        taskDefinition: service?.taskDefinition?.split('/').at(-1),
      };
    },
    openGate: () => writeFileSync(gate, ''),
    moveByHand: async (kind, version) => {
      const family = 'shop-development';
      const { taskDefinition: mould } = await ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: family }),
      );
      const [container] = mould?.containerDefinitions ?? [];
      const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand({
          family,
          networkMode: mould?.networkMode,
          requiresCompatibilities: mould?.requiresCompatibilities,
          cpu: mould?.cpu,
          memory: mould?.memory,
          executionRoleArn: mould?.executionRoleArn,
          containerDefinitions: [
            {
              ...container,
              image: images[kind],
              dockerLabels: {},
              environment: [
                ...(container?.environment ?? []).filter(({ name }) => name !== 'SLUICE_VERSION'),
                { name: 'SLUICE_VERSION', value: version },
              ],
            },
          ],
        }),
      );
      await ecs.send(
        new UpdateServiceCommand({
          cluster: 'shop-dev',
          service: 'shop',
          taskDefinition: taskDefinition?.taskDefinitionArn,
        }),
      );
    },
    answers: () => servedVersion(url),
    end: async () => {
      ecs.destroy();
      await here.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A call that changes something. */
export function isWrite({ operation }: Pick<CallRecord, 'operation'>): boolean {
  return !/^(Describe|List|Get|BatchGet|Simulate)/.test(operation);
}

function configuration(url: string, port: number, gate: string, { secret, keys }: DeployOptions): string {
  return JSON.stringify({
    service: 'shop',
    container: {
      health: { path: '/health', interval: '5s', timeout: '3s', unhealthyAfter: 2 },
      stopTimeout: '2s',
    },
    environments: {
      development: {
        on: { branch: 'develop' },
        aws: {
          region: 'eu-west-1',
          cluster: 'shop-dev',
          executionRole: 'arn:aws:iam::000000000000:role/execution',
        },
        url,
        compute: { instance: 't3.micro' },
        network: { mode: 'bridge', hostPort: port },
        deploy: { strategy: 'rolling', minimumHealthy: 0, maximum: 100, timeout: '2m' },
        proof: { answers: 3, within: '3s' },
        tls: { mode: 'none' },
        security: { level: 'relaxed' },
        secrets: secret === undefined ? {} : { SECRET_KEY: { secretsManager: secret } },
        variables: { GATE: gate },
        ...keys,
      },
    },
  });
}
