import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { pack } from 'tar-stream';
import type { CallRecord, CloudOptions } from '../../rehearsal/cloud/index.ts';
import { adminCredentials, scaledClock } from '../../rehearsal/cloud/index.ts';
import { trial, type Trial } from '../../rehearsal/cloud/trial.ts';
import { choosePorts } from '../../rehearsal/ports.ts';
import { provision } from '../../rehearsal/seed.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

/** What a release does once it is started. */
export type Kind = 'good' | 'crashing' | 'unhealthy' | 'wrong-version' | 'gated';

const server = (health: string, version: string): string => `
import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.url === '/health') response.writeHead(${health}).end();
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ version: ${version} }));
}).listen(process.env.PORT, '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => process.exit(0));
`;

const programs: Readonly<Record<Kind, string>> = {
  good: server('200', 'process.env.SLUICE_VERSION'),
  crashing: `console.error('no key to sign with'); process.exit(3);`,
  unhealthy: server('500', 'process.env.SLUICE_VERSION'),
  'wrong-version': server('200', '"0.0.0"'),
  gated: `
import { existsSync } from 'node:fs';
if (!existsSync(process.env.GATE)) { console.error('the gate is closed'); process.exit(4); }
${server('200', 'process.env.SLUICE_VERSION')}`,
};

export interface Ended {
  /** `undefined`: it was killed. */
  readonly exitCode: number | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
}

/** An account with a cluster and images of each kind, and the compiled-from-source `deploy` action to deploy them. */
export interface Deploying {
  readonly trial: Trial;
  readonly ecs: ECSClient;
  readonly url: string;
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
  const images = Object.fromEntries(
    await Promise.all(
      Object.entries(programs).map(async ([kind, program]) => [kind, await push(here, program)] as const),
    ),
  ) as Record<Kind, string>;
  const ecs = new ECSClient({ ...here.client, maxAttempts: 5 });

  const deploy = async (kind: Kind, version: string, how: DeployOptions = {}): Promise<Ended> => {
    const run = mkdtempSync(path.join(folder, 'run-'));
    const file = (name: string): string => path.join(run, name);
    writeFileSync(file('output'), '');
    writeFileSync(file('summary'), '');
    for (const [name, content] of Object.entries(how.files ?? {})) writeFileSync(file(name), content);
    writeFileSync(file('sluice.yml'), configuration(url, port, gate, how));
    const child = spawn(
      process.execPath,
      [
        '--no-warnings',
        '--input-type=module',
        '-e',
        `import { start } from ${JSON.stringify(path.join(root, 'actions/index.ts'))}; await start('deploy');`,
      ],
      {
        cwd: run,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          AWS_ENDPOINT_URL: here.cloud.url,
          AWS_ACCESS_KEY_ID: adminCredentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: adminCredentials.secretAccessKey,
          GITHUB_ACTIONS: 'true',
          GITHUB_REPOSITORY: 'acme/shop',
          GITHUB_SHA: createHash('sha1').update(version).digest('hex'),
          GITHUB_REF: 'refs/heads/develop',
          GITHUB_EVENT_NAME: 'push',
          GITHUB_ACTOR: 'ada',
          GITHUB_RUN_ID: '1',
          GITHUB_RUN_ATTEMPT: '1',
          GITHUB_JOB: 'deploy',
          GITHUB_WORKSPACE: run,
          GITHUB_SERVER_URL: 'http://127.0.0.1:9',
          GITHUB_API_URL: 'http://127.0.0.1:9/api/v3',
          GITHUB_OUTPUT: file('output'),
          GITHUB_STEP_SUMMARY: file('summary'),
          INPUT_ENVIRONMENT: 'development',
          INPUT_IMAGE: images[kind],
          INPUT_VERSION: version,
          INPUT_UNTIL: how.until ?? 'done',
        },
      },
    );
    how.onStart?.((signal) => child.kill(signal));
    const [exitCode, out, error] = await Promise.all([
      new Promise<number | undefined>((resolve) => child.once('close', (code) => resolve(code ?? undefined))),
      buffer(child.stdout),
      buffer(child.stderr),
    ]);
    return {
      exitCode,
      outputs: readOutputs(readFileSync(file('output'), 'utf8')),
      summary: readFileSync(file('summary'), 'utf8'),
      log: out.toString('utf8') + error.toString('utf8'),
    };
  };

  return {
    trial: here,
    ecs,
    url,
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
    answers: async () => {
      try {
        const { version } = (await (await fetch(`${url}/version`)).json()) as { version?: string };
        return version;
      } catch {
        return undefined;
      }
    },
    end: async () => {
      ecs.destroy();
      await here.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A call that changes something. */
export function isWrite({ operation }: Pick<CallRecord, 'operation'>): boolean {
  return !/^(Describe|List|Get)/.test(operation);
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

async function push({ cloud, client }: Trial, program: string): Promise<string> {
  const ecr = new ECRClient(client);
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  ecr.destroy();
  const headers = { authorization: `Basic ${authorizationData?.[0]?.authorizationToken ?? ''}` };
  const repository = `http://${cloud.registryHost}/v2/shop`;
  const upload = async (content: Buffer, mediaType: string) => {
    const digest = digestOf(content);
    const answer = await fetch(`${repository}/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(content),
    });
    if (answer.status === 202) {
      // The registry starts an upload first, as a registry may.
      const location = new URL(answer.headers.get('location') ?? '', repository);
      location.searchParams.set('digest', digest);
      await fetch(location, { method: 'PUT', headers, body: new Uint8Array(content) });
    }
    return { mediaType, digest, size: content.length };
  };
  const tar = pack();
  tar.entry({ name: 'app/main.mjs' }, program);
  tar.finalize();
  const layer = await upload(gzipSync(await buffer(tar)), 'application/vnd.oci.image.layer.v1.tar+gzip');
  const config = await upload(
    Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
        config: { WorkingDir: '/app', Cmd: ['node', 'main.mjs'] },
        rootfs: { type: 'layers', diff_ids: [] },
      }),
    ),
    'application/vnd.oci.image.config.v1+json',
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  const digest = digestOf(manifest);
  const answer = await fetch(`${repository}/manifests/${digest}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': mediaType },
    body: new Uint8Array(manifest),
  });
  if (answer.status !== 201)
    throw new Error(`The manifest was refused: ${answer.status} ${await answer.text()}`);
  return `${cloud.registryHost}/shop@${digest}`;
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** The file of `GITHUB_OUTPUT`: `name<<DELIMITER`, lines, `DELIMITER`; or `name=value`. The last of a name counts. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const block = /^([^=]+?)<<(.+)$/.exec(line);
    if (block !== null) {
      const end = lines.indexOf(block[2] ?? '', index + 1);
      outputs[block[1] ?? ''] = lines.slice(index + 1, end).join('\n');
      index = end;
    } else if (line.includes('=')) {
      outputs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
    }
  }
  return outputs;
}
