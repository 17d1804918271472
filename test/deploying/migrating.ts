import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTasksCommand, ListTasksCommand, type Task } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { choosePorts } from '../../rehearsal/ports.ts';
import { provisionLoadBalancer } from '../../rehearsal/seed/load-balancer.ts';
import { deploying, isWrite, type Deploying, type DeployOptions, type Kind } from './deploying.ts';

/** Writes a line to the file of runs, and one to its log; then ends with an exit code once the file `go` is there. */
const program = (exitCode: number): string => `
const { appendFileSync, existsSync } = require('node:fs');
appendFileSync(process.env.RUNS, process.env.SLUICE_VERSION + '\\n');
console.log('adding a column');
const end = () => { console.error('relation "order" is ${exitCode === 0 ? 'altered' : 'missing'}'); process.exit(${exitCode}); };
setInterval(() => existsSync(process.env.GO) && end(), 20);
process.on('SIGTERM', () => process.exit(143));
`;

/** A service behind a load balancer, whose releases migrate first: beside its task there is place for one more. */
export interface Migrating {
  readonly here: Deploying;
  /** Deploys, with a migration that ends with an exit code: at once, or when it is let go. */
  deploy(
    kind: Kind,
    version: string,
    exitCode: number,
    options?: Pick<DeployOptions, 'onStart'> & { timeout?: string },
  ): ReturnType<Deploying['deploy']>;
  hold(): void;
  letGo(): void;
  /** The versions whose migration was started, in order. */
  runs(): string[];
  /** Resolves when so many were started. */
  started(count: number): Promise<void>;
  /** The tasks that migrate or have migrated. */
  tasks(): Promise<readonly Task[]>;
  /** What answers at the front door. */
  serves(): Promise<string | undefined>;
  /** What is called from now on, writes alone. */
  writes(): readonly string[];
  end(): Promise<void>;
}

export async function migrating(): Promise<Migrating> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-migrating-'));
  const here = await deploying();
  const [runsFile, go] = [path.join(folder, 'runs'), path.join(folder, 'go')];
  const { ports } = await choosePorts([
    { name: 'front door', preferred: 47_000 + (process.pid % 4_000), required: false },
  ]);
  const port = ports['front door'] ?? 0;
  const elb = new ElasticLoadBalancingV2Client(here.trial.client);
  const { targetGroup } = await provisionLoadBalancer(elb, {
    name: 'shop',
    targetType: 'instance',
    containerPort: 8080,
    health: { path: '/health', intervalMs: 5_000, timeoutMs: 3_000, healthyAfter: 2, unhealthyAfter: 2 },
    port,
    testPort: undefined,
  });
  elb.destroy();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(runsFile, '');
  writeFileSync(go, '');
  const tasksOf = async (desiredStatus: 'RUNNING' | 'STOPPED'): Promise<Task[]> => {
    const { taskArns: tasks = [] } = await here.ecs.send(
      new ListTasksCommand({ cluster: 'shop-dev', desiredStatus }),
    );
    if (tasks.length === 0) return [];
    return (await here.ecs.send(new DescribeTasksCommand({ cluster: 'shop-dev', tasks }))).tasks ?? [];
  };
  const runs = (): string[] => readFileSync(runsFile, 'utf8').split('\n').filter(Boolean);
  return {
    here,
    deploy: (kind, version, exitCode, { timeout = '1m', ...options } = {}) =>
      here.deploy(kind, version, {
        ...options,
        keys: {
          url,
          network: { mode: 'bridge' },
          loadBalancer: { targetGroup },
          variables: { RUNS: runsFile, GO: go, DATABASE_URL: 'postgres://127.0.0.1/shop' },
          database: { engine: 'postgres', migrate: { command: ['node', '-e', program(exitCode)], timeout } },
        },
      }),
    hold: () => rmSync(go, { force: true }),
    letGo: () => writeFileSync(go, ''),
    runs,
    started: async (count) => {
      const deadline = performance.now() + 30_000;
      while (runs().length < count) {
        if (performance.now() > deadline) throw new Error(`Only ${runs().length} migrations were started.`);
        await sleep(20);
      }
    },
    tasks: async () =>
      [...(await tasksOf('RUNNING')), ...(await tasksOf('STOPPED'))].filter(
        ({ startedBy }) => startedBy === 'sluice/migrate',
      ),
    serves: async () => {
      const answer = await fetch(`${url}/version`);
      return answer.ok ? ((await answer.json()) as { version?: string }).version : undefined;
    },
    writes: () => {
      const seen: string[] = [];
      here.trial.cloud.calls.listen((phase, call) => {
        if (phase === 'before' && isWrite(call)) seen.push(call.operation);
      });
      return seen;
    },
    end: async () => {
      await here.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
