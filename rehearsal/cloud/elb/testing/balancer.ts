import { request, type Agent, type IncomingMessage } from 'node:http';
import type {
  Action,
  CreateListenerOutput,
  CreateLoadBalancerOutput,
  CreateTargetGroupOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { scaledClock } from '../../clock.ts';
import type { MetricDatum, MetricSink } from '../../cloudwatch/sink.ts';
import { createElb, type Elb } from '../index.ts';
import type { ElbState } from '../model.ts';
import { freePort } from './target.ts';

/** A load balancer on its own, without the rest of the cloud; a second of its clock takes 50 ms. */
export interface Balancer {
  readonly elb: Elb;
  readonly loadBalancer: string;
  /** Its listener, which has its default rule alone: that forwards to `blue`. */
  readonly listener: string;
  readonly port: number;
  readonly blue: string;
  readonly green: string;
  readonly metrics: readonly MetricDatum[];
  /** Settles when a metric has been put for the next time. */
  metric(name: string): Promise<void>;
  call<Output = object>(operation: string, input: object): Promise<Output>;
  /** Changes what the listener does, and waits until it does so. */
  does(action: Action): Promise<void>;
  ask(path: string, options?: AskOptions): Promise<Answer>;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

const call = {
  requestId: 'test',
  region: 'eu-west-1',
  accountId: '000000000000',
  callerArn: 'arn:aws:iam::000000000000:root',
  accessKeyId: 'test',
};
const subnets = ['subnet-a', 'subnet-b'];

export async function openBalancer(): Promise<Balancer> {
  const metrics: MetricDatum[] = [];
  const awaited = new Map<string, () => void>();
  const elb = balancer((datum) => {
    metrics.push(datum);
    awaited.get(datum.name)?.();
  });
  await elb.start();
  const ask = <Output>(operation: string, input: object): Promise<Output> =>
    callOf(elb, operation, input) as Promise<Output>;
  const { LoadBalancers: [made] = [] } = await ask<CreateLoadBalancerOutput>('CreateLoadBalancer', {
    Name: 'shop',
    Subnets: subnets,
  });
  const loadBalancer = made?.LoadBalancerArn ?? '';
  const groups: string[] = [];
  for (const Name of ['blue', 'green']) {
    const { TargetGroups: [group] = [] } = await ask<CreateTargetGroupOutput>('CreateTargetGroup', {
      Name,
      Port: 80,
      VpcId: 'vpc-1',
      TargetType: 'ip',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
    });
    groups.push(group?.TargetGroupArn ?? '');
  }
  const [blue = '', green = ''] = groups;
  const port = await freePort();
  const { Listeners: [listener] = [] } = await ask<CreateListenerOutput>('CreateListener', {
    LoadBalancerArn: loadBalancer,
    Protocol: 'HTTP',
    Port: port,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: blue }],
  });
  const ListenerArn = listener?.ListenerArn ?? '';
  return {
    elb,
    loadBalancer,
    listener: ListenerArn,
    port,
    blue,
    green,
    metrics,
    metric: (name) => new Promise((resolve) => awaited.set(name, resolve)),
    call: ask,
    does: async (action) => {
      elb.faults.propagationMs = 0;
      await ask('ModifyListener', { ListenerArn, DefaultActions: [action] });
    },
    ask: (path, options) => askPort(port, path, options),
  };
}

/** One that takes up what another left. */
export function balancer(metrics: MetricSink, saved?: ElbState, messages: string[] = []): Elb {
  const elb = createElb({
    clock: scaledClock(20),
    metrics,
    changed: () => undefined,
    log: (message) => messages.push(message),
    propagationMs: 0,
  });
  if (saved !== undefined) elb.load(saved);
  return elb;
}

async function callOf(elb: Elb, operation: string, input: object): Promise<object> {
  const handler = elb.operations[operation];
  if (handler === undefined) throw new Error(`There is no operation ${operation}.`);
  return handler(input, call);
}

export function askPort(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body, agent }: AskOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers, ...(agent === undefined ? {} : { agent }) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }),
        );
      },
    );
    asked.once('error', reject);
    asked.end(body);
  });
}

/** Settles when all targets of a group have the state. */
export function becomes({ loadBalancing }: Elb, arn: string, state: string): Promise<void> {
  const are = (): boolean => {
    const targets = loadBalancing.targetHealth(arn);
    return targets.length > 0 && targets.every((target) => target.state === state);
  };
  return settled(loadBalancing, are);
}

export function gone({ loadBalancing }: Elb, arn: string): Promise<void> {
  return settled(loadBalancing, () => loadBalancing.targetHealth(arn).length === 0);
}

function settled(loadBalancing: Elb['loadBalancing'], is: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (is()) return resolve();
    const stop = loadBalancing.onTargetChange(() => {
      if (!is()) return;
      stop();
      resolve();
    });
  });
}
