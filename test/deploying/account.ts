import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { scaledClock, type CloudOptions } from '../../rehearsal/cloud/index.ts';
import { trial, type Trial } from '../../rehearsal/cloud/trial.ts';
import { choosePorts } from '../../rehearsal/ports.ts';
import { provision } from '../../rehearsal/seed/index.ts';
import type { LoadBalancerArns } from '../../rehearsal/seed/load-balancer.ts';

/** What a load balancer has that shifts traffic: two target groups, and a rule for each of the two ways in. */
type ShiftingBalancer = LoadBalancerArns & Readonly<Record<'alternateTargetGroup' | 'testRule', string>>;

/** An account with a cluster, and a load balancer with two target groups before it. */
export interface Account {
  readonly trial: Trial;
  /** A folder that ends with the account. */
  readonly folder: string;
  /** The front door. */
  readonly url: string;
  readonly balancer: ShiftingBalancer;
  /** The text of a sluice.yml for it, with these keys of `deploy`. */
  configuration(deploy: Readonly<Record<string, unknown>>): string;
  /** Ends every task of the kind `mortal`, again and again. */
  kill(): void;
  end(): Promise<void>;
}

export interface AccountOptions {
  /** Keys of the environment in sluice.yml, over the account's own. */
  readonly keys?: Readonly<Record<string, unknown>>;
  readonly cloud?: Partial<CloudOptions>;
  /** Alarms on the load balancer's traffic, of 5xx or, where their names say so, of latency. */
  readonly alarms?: readonly string[];
}

/** A minute of the cloud takes a second; the processes, the traffic and the probes are real. */
const timeScale = 60;

/** How many were opened here, for ports of their own. */
let accounts = 0;

export async function openAccount(options: AccountOptions): Promise<Account> {
  const here = await trial({ clock: scaledClock(timeScale), ...options.cloud });
  try {
    return await fill(here, options);
  } catch (error: unknown) {
    await here.end();
    throw error;
  }
}

async function fill(here: Trial, { keys = {}, alarms = [] }: AccountOptions): Promise<Account> {
  accounts += 1;
  const own = (process.pid + accounts * 7) % 4_000;
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-shifting-'));
  const { ports } = await choosePorts([
    { name: 'production', preferred: 46_000 + own, required: false },
    { name: 'test', preferred: 51_000 + own, required: false },
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
  const { alternateTargetGroup, testRule } = balancer ?? {};
  if (balancer === undefined || alternateTargetGroup === undefined || testRule === undefined) {
    throw new Error('The load balancer was not made.');
  }
  const deadly = path.join(folder, 'deadly');
  return {
    trial: here,
    folder,
    url,
    balancer: { ...balancer, alternateTargetGroup, testRule },
    configuration: (deploy) =>
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
              alternateTargetGroup,
              productionRule: balancer.productionRule,
              testRule,
              role: 'arn:aws:iam::000000000000:role/traffic',
            },
            deploy: { timeout: '2h', ...deploy },
            proof: { answers: 3, within: '5s' },
            tls: { mode: 'none' },
            security: { level: 'relaxed' },
            variables: { DEADLY: deadly },
            ...keys,
          },
        },
      }),
    kill: () => writeFileSync(deadly, ''),
    end: async () => {
      await here.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
