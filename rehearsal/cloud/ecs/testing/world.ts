import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type {
  DescribeServiceDeploymentsResponse,
  DescribeServicesResponse,
  DescribeTasksResponse,
  ListTasksResponse,
  RegisterTaskDefinitionRequest,
  Service,
  ServiceDeployment,
  Task,
} from '@aws-sdk/client-ecs';
import { scaledClock, type Clock } from '../../clock.ts';
import type { Call } from '../../wire/service.ts';
import { processDriver } from '../drivers/process.ts';
import { createEcs, type Ecs } from '../index.ts';
import type { EcsState } from '../model.ts';
import type { ShiftPace } from '../traffic-shift/decide.ts';
import { noAlarms, noLoadBalancing, type AlarmSource, type EcsWorld, type LoadBalancing } from '../world.ts';
import { Images } from './images.ts';

export const repository = '127.0.0.1:1/service';

export const call: Call = {
  requestId: 'request',
  region: 'eu-west-1',
  accountId: '000000000000',
  callerArn: 'arn:aws:iam::000000000000:user/test',
  accessKeyId: 'AKIA',
};

/** What the image `good` runs: answers its version, and says when it is asked to stop. */
const server = `
const http = require('node:http');
http.createServer((request, response) => response.end(process.env.VERSION)).listen(process.env.PORT, '127.0.0.1');
console.log('listening');
process.on('SIGTERM', () => { console.log('stopping'); process.exit(0); });
`;

/** An ECS with the process driver over a small world in memory, and images of real Node.js programs. */
export interface Rehearsal {
  readonly ecs: Ecs;
  readonly directory: string;
  /** Lines by `group stream`. */
  readonly lines: Map<string, string[]>;
  readonly secrets: Map<string, string>;
  readonly log: string[];
  /** Calls an operation as the wire layer would. */
  call<Output>(operation: string, input: object): Promise<Output>;
  register(overrides?: object, container?: object): Promise<string>;
  service(): Promise<Service>;
  deployment(arn: string | undefined): Promise<ServiceDeployment>;
  tasks(desiredStatus?: 'RUNNING' | 'STOPPED'): Promise<Task[]>;
  /** Waits until `condition` holds; fails with `what` after 20 seconds. */
  until<T>(what: string, condition: () => Promise<T | undefined | false>): Promise<T>;
  stop(): Promise<void>;
}

export interface RehearsalOptions {
  readonly saved?: EcsState;
  readonly directory?: string;
  readonly loadBalancing?: LoadBalancing;
  readonly alarms?: AlarmSource;
  /** Of the clock; 20 unless told. */
  readonly scale?: number;
  /** Where another service of the cloud has to have the same. */
  readonly clock?: Clock;
  readonly pace?: ShiftPace;
  /** Told of everything that a snapshot would have to say anew. */
  readonly changed?: (ecs: Ecs) => void;
}

export async function rehearse(options: RehearsalOptions = {}): Promise<Rehearsal> {
  const directory = options.directory ?? mkdtempSync(path.join(tmpdir(), 'sluice-ecs-'));
  const images = new Images();
  const program = (content: string) => [[{ name: 'app/server.js', content }]];
  const config = { Entrypoint: ['node'], Cmd: ['server.js'], WorkingDir: '/app' };
  await images.add(`${repository}:good`, program(server), config);
  await images.add(`${repository}:crashing`, program(`console.error('no key'); process.exit(3);`), config);
  await images.add(`${repository}:silent`, program(`setInterval(() => {}, 1000);`), config);
  const lines = new Map<string, string[]>();
  const groups = new Set(['/service']);
  const secrets = new Map<string, string>();
  const world: EcsWorld = {
    images,
    logs: {
      hasGroup: (group) => groups.has(group),
      createGroup: (group) => void groups.add(group),
      createStream: (group, stream) => void lines.set(`${group} ${stream}`, []),
      write: (group, stream, { message }) => void lines.get(`${group} ${stream}`)?.push(message),
    },
    secrets: {
      read: (valueFrom) => {
        const value = secrets.get(valueFrom);
        return value === undefined
          ? { error: 'ResourceInitializationError: unable to pull secrets or registry auth' }
          : { value };
      },
    },
    roles: { canBeAssumedByTasks: () => true },
    loadBalancing: options.loadBalancing ?? noLoadBalancing,
    alarms: options.alarms ?? noAlarms,
  };
  const log: string[] = [];
  const ecs: Ecs = createEcs({
    world,
    // Retries and intervals pass quickly; what processes need stays in real time.
    clock: options.clock ?? scaledClock(options.scale ?? 20),
    driver: processDriver({ images, directory }),
    changed: () => options.changed?.(ecs),
    log: (message) => log.push(message),
    provenAfterMs: 1000,
    pace: options.pace ?? { dwellMs: 60, settleMs: 100 },
  });
  if (options.saved !== undefined) ecs.load(structuredClone(options.saved));
  await ecs.start();
  const invoke = async <Output>(operation: string, input: object): Promise<Output> =>
    (await ecs.operations[operation]?.(input, call)) as Output;

  return {
    ecs,
    directory,
    lines,
    secrets,
    log,
    call: invoke,
    async register(overrides = {}, container = {}) {
      const { taskDefinition } = await invoke<{ taskDefinition: { taskDefinitionArn: string } }>(
        'RegisterTaskDefinition',
        { ...definitionOf(container), ...overrides },
      );
      return taskDefinition.taskDefinitionArn;
    },
    async service() {
      const { services } = await invoke<DescribeServicesResponse>('DescribeServices', { services: ['chat'] });
      return services?.[0] ?? {};
    },
    async deployment(arn) {
      const { serviceDeployments } = await invoke<DescribeServiceDeploymentsResponse>(
        'DescribeServiceDeployments',
        { serviceDeploymentArns: [arn] },
      );
      return serviceDeployments?.[0] ?? {};
    },
    async tasks(desiredStatus = 'RUNNING') {
      const { taskArns } = await invoke<ListTasksResponse>('ListTasks', { desiredStatus });
      if (taskArns?.length === 0) return [];
      return (await invoke<DescribeTasksResponse>('DescribeTasks', { tasks: taskArns })).tasks ?? [];
    },
    async until(what, condition) {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const result = await condition();
        if (result !== undefined && result !== false) return result;
        if (Date.now() > deadline) throw new Error(`Not within 20 s: ${what}. ${log.join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    async stop() {
      await ecs.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A task definition of one container that runs the image `good` on any free port. */
export function definitionOf(container: object = {}): RegisterTaskDefinitionRequest {
  return {
    family: 'chat',
    networkMode: 'bridge',
    executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
    containerDefinitions: [
      {
        name: 'web',
        image: `${repository}:good`,
        memory: 128,
        environment: [{ name: 'VERSION', value: '1' }],
        portMappings: [{ containerPort: 8080, hostPort: 0 }],
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/service',
            'awslogs-region': 'eu-west-1',
            'awslogs-stream-prefix': 'task',
          },
        },
        ...container,
      },
    ],
  };
}
