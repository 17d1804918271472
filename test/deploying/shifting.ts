import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTaskDefinitionsCommand,
  type ServiceDeployment,
} from '@aws-sdk/client-ecs';
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { scaledClock, type CloudOptions } from '../../rehearsal/cloud/index.ts';
import { trial, type Trial } from '../../rehearsal/cloud/trial.ts';
import { choosePorts } from '../../rehearsal/ports.ts';
import { provision } from '../../rehearsal/seed/index.ts';
import type { LoadBalancerArns } from '../../rehearsal/seed/load-balancer.ts';
import { checkedOut, runAction, type Ended } from '../running/action.ts';
import { push } from './images.ts';
import { watchInvariants } from './invariants.ts';

/** What a release does once it is started. */
export type Kind =
  | 'good'
  /** One answer in a thousand is an error. */
  | 'sound'
  /** One answer in fifty is an error. */
  | 'leaky'
  /** Every other answer is an error. */
  | 'failing'
  /** The first answer is an error, and no other. */
  | 'stumbling'
  /** Each answer takes half as long again. */
  | 'slow'
  /** It ends when it is told to, by `kill`. */
  | 'mortal'
  | 'unhealthy'
  | 'wrong-version'
  /** It sells to every user, and says so in CloudWatch's embedded metric format. */
  | 'selling'
  /** It answers as well, and sells to one user in two. */
  | 'losing';

interface Behaviour {
  /** The status of `/health`. */
  readonly health?: string;
  /** What `/version` says, as an expression. */
  readonly version?: string;
  /** The status of any other page, as an expression of `asked`: how many of them there were. */
  readonly page?: string;
  readonly delayMs?: number;
  /** Statements that are run with the server. */
  readonly beside?: string;
}

const ownVersion = 'process.env.SLUICE_VERSION';
// As long as a page takes: in a few milliseconds, a busy machine alone makes one version twice as slow as the other.
const usualMs = 40;

const server = ({
  health = '200',
  version = ownVersion,
  page = '200',
  delayMs = usualMs,
  beside = '',
}: Behaviour): string => `
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
let asked = 0;
createServer((request, response) => {
  if (request.url === '/health') return response.writeHead(${health}).end();
  if (request.url !== '/version') { asked += 1; response.statusCode = ${page}; }
  response.setHeader('content-type', 'application/json');
  setTimeout(() => response.end(JSON.stringify({ version: ${version} })), ${delayMs});
}).listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
${beside}
`;

/** Writes what was sold as a metric, every two hundred milliseconds: there are some of it in every minute. */
const sells = (each: number): string => `
let told = 0;
setInterval(() => {
  const [users, sold] = [asked - told, Math.floor(asked * ${each}) - Math.floor(told * ${each})];
  told = asked;
  if (users > 0) console.log(JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'Shop', Dimensions: [['Version']],
      Metrics: [{ Name: 'Users' }, { Name: 'Sold' }] }] },
    Version: process.env.SLUICE_VERSION, Users: users, Sold: sold,
  }));
}, 200);`;

const programs: Readonly<Record<Kind, string>> = {
  good: server({}),
  sound: server({ page: 'asked % 1000 === 0 ? 500 : 200' }),
  leaky: server({ page: 'asked % 50 === 0 ? 500 : 200' }),
  // Healthy on its own word, and every other answer is an error.
  failing: server({ page: 'asked % 2 === 0 ? 500 : 200' }),
  stumbling: server({ page: 'asked === 1 ? 500 : 200' }),
  slow: server({ delayMs: usualMs * 1.5 }),
  mortal: server({ beside: 'setInterval(() => existsSync(process.env.DEADLY) && process.exit(5), 50);' }),
  unhealthy: server({ health: '500' }),
  'wrong-version': server({ version: '"0.0.0"' }),
  selling: server({ beside: sells(1) }),
  losing: server({ beside: sells(0.5) }),
};

export type Step = 'deploy' | 'health-check' | 'shift-traffic' | 'monitor';

export interface StepOptions {
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  readonly onOutput?: (text: string) => void;
  /** Inputs of the action, over the usual ones. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Keys of `deploy` in sluice.yml, over the account's own. */
  readonly deploy?: Readonly<Record<string, unknown>>;
}

/** An account with a load balancer and two target groups, and the steps of a production deployment. */
export interface Shifting {
  readonly trial: Trial;
  readonly ecs: ECSClient;
  readonly url: string;
  readonly balancer: LoadBalancerArns;
  /** Each kind's image by digest. */
  readonly images: Readonly<Record<Kind, string>>;
  /** The text of sluice.yml. */
  readonly configuration: string;
  /** Runs one step in a process of its own. */
  step(step: Step, kind: Kind, version: string, options?: StepOptions): Promise<Ended>;
  /** Runs the steps one after the other, as production.yml does, as long as they are green. @returns each */
  release(kind: Kind, version: string, options?: StepOptions): Promise<readonly Ended[]>;
  /** What ECS has. Deployments newest first. */
  state(): Promise<{ taskDefinitions: number; deployments: string[]; taskDefinition: string | undefined }>;
  /** The newest deployment. */
  newest(): Promise<ServiceDeployment | undefined>;
  /** The live weights of the production rule, by the target group's name. */
  weights(): Promise<Readonly<Record<string, number>>>;
  /** Writes weights by hand, as somebody else does. */
  setWeights(blue: number, green: number): Promise<void>;
  /** Waits until the newest deployment is as wanted. */
  until(
    what: string,
    holds: (deployment: ServiceDeployment) => boolean,
    limitMs?: number,
  ): Promise<ServiceDeployment>;
  /** Ends every task of the kind `mortal`, again and again. */
  kill(): void;
  /** What answers at the front door. */
  answers(): Promise<string | undefined>;
  /** Users: steady requests, until it is stopped, or until there were so many. @returns what stops it, and counts */
  users(perSecond?: number, most?: number): () => Promise<{ requests: number; failed: number }>;
  /** @throws where one of the invariants of a deployment did not hold at some moment since the beginning */
  end(): Promise<void>;
}

/** A minute of the cloud takes a second; the processes, the traffic and the probes are real. */
const timeScale = 60;

export interface ShiftingOptions {
  readonly deploy: Readonly<Record<string, unknown>>;
  /** Keys of the environment in sluice.yml, over the bench's own. */
  readonly keys?: Readonly<Record<string, unknown>>;
  readonly cloud?: Partial<CloudOptions>;
  /** Alarms on the load balancer's traffic, of 5xx or, where their names say so, of latency. */
  readonly alarms?: readonly string[];
  /** More files of the repository, by their paths. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function shifting({
  deploy,
  keys = {},
  cloud = {},
  alarms = [],
  files = {},
}: ShiftingOptions): Promise<Shifting> {
  const here = await trial({ clock: scaledClock(timeScale), ...cloud });
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-shifting-'));
  const { ports } = await choosePorts([
    { name: 'production', preferred: 46_000 + (process.pid % 4_000), required: false },
    { name: 'test', preferred: 51_000 + (process.pid % 4_000), required: false },
  ]);
  const url = `http://127.0.0.1:${ports.production ?? 0}`;
  const balancers = await provision(here.cloud, { issuer: 'http://127.0.0.1:1/oidc', subjectsOf: () => [] }, [
    {
      environment: 'live',
      region: 'eu-west-1',
      cluster: 'shop-live',
      repository: 'shop',
      logGroup: '/ecs/shop/live',
      deployRole: 'deploy',
      executionRole: 'execution',
      trafficRole: 'traffic',
      secrets: {},
      loadBalancer: {
        name: 'shop',
        targetType: 'instance',
        containerPort: 8080,
        health: { path: '/health', intervalMs: 10_000, timeoutMs: 5_000, healthyAfter: 2, unhealthyAfter: 2 },
        port: ports.production ?? 0,
        testPort: ports.test ?? 0,
      },
      alarms: { names: alarms, tooSlowMs: 1_000 },
    },
  ]);
  const balancer = balancers.get('live');
  if (balancer?.alternateTargetGroup === undefined || balancer.testRule === undefined) {
    throw new Error('The load balancer was not made.');
  }
  const watch = watchInvariants(here.cloud, {
    service: 'shop',
    productionRule: balancer.productionRule,
    groups: [balancer.targetGroup, balancer.alternateTargetGroup],
  });
  const deadly = path.join(folder, 'deadly');
  const images = Object.fromEntries(
    await Promise.all(
      Object.entries(programs).map(async ([kind, program]) => [kind, await push(here, program)] as const),
    ),
  ) as Record<Kind, string>;
  const ecs = new ECSClient({ ...here.client, maxAttempts: 5 });
  const elb = new ElasticLoadBalancingV2Client({ ...here.client, maxAttempts: 5 });
  const configurationOf = (changes: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({
      service: 'shop',
      container: {
        health: { path: '/health', interval: '10s', timeout: '5s', unhealthyAfter: 2 },
        stopTimeout: '2s',
      },
      environments: {
        live: {
          on: { branch: 'main' },
          aws: {
            region: 'eu-west-1',
            cluster: 'shop-live',
            executionRole: 'arn:aws:iam::000000000000:role/execution',
          },
          url,
          compute: { instance: 't3.micro', count: 1 },
          network: { mode: 'bridge' },
          loadBalancer: {
            targetGroup: balancer.targetGroup,
            alternateTargetGroup: balancer.alternateTargetGroup,
            productionRule: balancer.productionRule,
            testRule: balancer.testRule,
            role: 'arn:aws:iam::000000000000:role/traffic',
          },
          deploy: { timeout: '2h', ...deploy, ...changes },
          proof: { answers: 3, within: '5s' },
          tls: { mode: 'none' },
          security: { level: 'relaxed' },
          variables: { DEADLY: deadly },
          ...keys,
        },
      },
    });

  const step = (
    name: Step,
    kind: Kind,
    version: string,
    { inputs = {}, deploy: changes = {}, ...how }: StepOptions = {},
  ): Promise<Ended> =>
    runAction({
      action: name,
      cloudUrl: here.cloud.url,
      ref: 'refs/heads/main',
      inputs: {
        environment: 'live',
        image: images[kind],
        version,
        ...(name === 'deploy' ? { until: 'ready' } : {}),
        ...inputs,
      },
      ...checkedOut(folder, version, { 'sluice.yml': configurationOf(changes), ...files }),
      ...how,
    });
  const deployments = async (): Promise<string[]> => {
    const { serviceDeployments = [] } = await ecs.send(
      new ListServiceDeploymentsCommand({ cluster: 'shop-live', service: 'shop' }),
    );
    return serviceDeployments.flatMap(({ serviceDeploymentArn: arn }) => (arn === undefined ? [] : [arn]));
  };
  const describe = async (arns: readonly string[]): Promise<ServiceDeployment[]> =>
    arns.length === 0
      ? []
      : ((await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns.slice(0, 20) })))
          .serviceDeployments ?? []);
  const newest = async (): Promise<ServiceDeployment | undefined> =>
    (await describe((await deployments()).slice(0, 1)))[0];

  return {
    trial: here,
    ecs,
    url,
    balancer,
    images,
    configuration: configurationOf({}),
    step,
    release: async (kind, version, how) => {
      const ended: Ended[] = [];
      for (const name of ['deploy', 'shift-traffic', 'monitor'] as const) {
        const one = await step(name, kind, version, how);
        ended.push(one);
        if (one.exitCode !== 0) break;
      }
      return ended;
    },
    state: async () => {
      const definitions = await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: 'shop-live' }));
      const { services } = await ecs.send(
        new DescribeServicesCommand({ cluster: 'shop-live', services: ['shop'] }),
      );
      const service = services?.find(({ status }) => status === 'ACTIVE');
      const all = service === undefined ? [] : await describe(await deployments());
      return {
        taskDefinitions: definitions.taskDefinitionArns?.length ?? 0,
        deployments: all.map(({ status }) => status ?? ''),
        taskDefinition: service?.taskDefinition?.split('/').at(-1),
      };
    },
    newest,
    weights: async () => {
      const { Rules } = await elb.send(new DescribeRulesCommand({ RuleArns: [balancer.productionRule] }));
      const groups = Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
      return Object.fromEntries(
        groups.map(({ TargetGroupArn = '', Weight = 0 }) => [TargetGroupArn.split('/')[1] ?? '', Weight]),
      );
    },
    setWeights: async (blue, green) => {
      await elb.send(
        new ModifyRuleCommand({
          RuleArn: balancer.productionRule,
          Actions: [
            {
              Type: 'forward',
              ForwardConfig: {
                TargetGroups: [
                  { TargetGroupArn: balancer.targetGroup, Weight: blue },
                  { TargetGroupArn: balancer.alternateTargetGroup, Weight: green },
                ],
              },
            },
          ],
        }),
      );
    },
    until: async (what, holds, limitMs = 60_000) => {
      const deadline = performance.now() + limitMs;
      for (;;) {
        const seen = await newest().catch(() => undefined);
        if (seen !== undefined && holds(seen)) return seen;
        if (performance.now() > deadline) {
          throw new Error(
            `Waited in vain for ${what}; ${seen?.status ?? 'nothing'} at ${seen?.lifecycleStage ?? '–'}`,
          );
        }
        await sleep(50);
      }
    },
    kill: () => writeFileSync(deadly, ''),
    answers: async () => {
      try {
        const { version } = (await (await fetch(`${url}/version`)).json()) as { version?: string };
        return version;
      } catch {
        return undefined;
      }
    },
    users: (perSecond = 60, most = Infinity) => startUsers(url, perSecond, most),
    end: async () => {
      watch.end();
      ecs.destroy();
      elb.destroy();
      await here.end();
      rmSync(folder, { recursive: true, force: true });
      if (watch.violations.length > 0) {
        throw new Error(`What has to hold at every instant did not:\n${watch.violations.join('\n')}`);
      }
    },
  };
}

/** Sends requests at a steady rate, whatever becomes of those before; connections are kept alive. */
function startUsers(
  url: string,
  perSecond: number,
  most: number,
): () => Promise<{ requests: number; failed: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  let requests = 0;
  let failed = 0;
  const open = new Set<Promise<void>>();
  const ask = (): void => {
    if (requests >= most) return;
    requests += 1;
    const done = new Promise<void>((resolve) => {
      request(`${url}/`, { agent }, (response) => {
        if ((response.statusCode ?? 500) >= 500) failed += 1;
        response.resume().on('end', resolve);
      })
        .on('error', () => {
          failed += 1;
          resolve();
        })
        .end();
    }).finally(() => open.delete(done));
    open.add(done);
  };
  const timer = setInterval(ask, 1000 / perSecond);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
    agent.destroy();
    return { requests, failed };
  };
}
