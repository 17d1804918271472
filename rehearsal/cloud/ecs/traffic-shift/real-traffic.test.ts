import { jest } from '@jest/globals';
import { Agent, get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import type { CreateServiceResponse, UpdateServiceResponse } from '@aws-sdk/client-ecs';
import { scaledClock } from '../../clock.ts';
import { noMetrics } from '../../cloudwatch/sink.ts';
import { createElb, type Elb } from '../../elb/index.ts';
import { pause } from '../testing/shop.ts';
import { call, rehearse, type Rehearsal } from '../testing/world.ts';

/** The two halves of the cloud together: real tasks, real sockets, requests all the while. */

// Real processes on a machine that may be busy.
jest.setTimeout(120_000);

let rehearsal: Rehearsal;
let elb: Elb;
let users: Users;
let productionPort: number;
let testPort: number;
let loadBalancers: object[];

beforeEach(async () => {
  const clock = scaledClock(60);
  elb = createElb({
    clock,
    metrics: noMetrics,
    changed: () => undefined,
    log: () => undefined,
    propagationMs: 200,
  });
  await elb.start();
  const pace = { dwellMs: 100, settleMs: 1000 };
  rehearsal = await rehearse({ clock, loadBalancing: elb.loadBalancing, pace });
  await rehearsal.call('CreateCluster', {});
  [productionPort, testPort] = [await freePort(), await freePort()];
  const { LoadBalancers } = await ask<{ LoadBalancers: [{ LoadBalancerArn: string }] }>(
    'CreateLoadBalancer',
    {
      Name: 'shop',
      Subnets: ['subnet-a', 'subnet-b'],
    },
  );
  const [balancer] = LoadBalancers;
  const blue = await targetGroup('blue');
  const green = await targetGroup('green');
  loadBalancers = [
    {
      targetGroupArn: blue,
      containerName: 'web',
      containerPort: 8080,
      advancedConfiguration: {
        alternateTargetGroupArn: green,
        productionListenerRule: await rule(balancer.LoadBalancerArn, productionPort, blue),
        testListenerRule: await rule(balancer.LoadBalancerArn, testPort, green),
        roleArn: 'arn:aws:iam::000000000000:role/ecs-load-balancing',
      },
    },
  ];
  users = new Users(productionPort);
});

afterEach(async () => {
  await users.leave();
  await rehearsal.stop();
  await elb.stop();
  expect(rehearsal.log).toEqual([]);
});

async function ask<Output>(operation: string, input: object): Promise<Output> {
  return (await elb.operations[operation]?.(input, call)) as Output;
}

async function targetGroup(Name: string): Promise<string> {
  const { TargetGroups } = await ask<{ TargetGroups: [{ TargetGroupArn: string }] }>('CreateTargetGroup', {
    Name,
    Protocol: 'HTTP',
    Port: 80,
    VpcId: 'vpc-1',
    TargetType: 'instance',
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 2,
  });
  const [{ TargetGroupArn }] = TargetGroups;
  await ask('ModifyTargetGroupAttributes', {
    TargetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '60' }],
  });
  return TargetGroupArn;
}

/** A listener with a rule of everything, and its ARN. */
async function rule(LoadBalancerArn: string, Port: number, TargetGroupArn: string): Promise<string> {
  const { Listeners } = await ask<{ Listeners: [{ ListenerArn: string }] }>('CreateListener', {
    LoadBalancerArn,
    Port,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  });
  const { Rules } = await ask<{ Rules: [{ RuleArn: string }] }>('CreateRule', {
    ListenerArn: Listeners[0].ListenerArn,
    Priority: 1,
    Conditions: [{ Field: 'path-pattern', Values: ['*'] }],
    Actions: [{ Type: 'forward', TargetGroupArn }],
  });
  return Rules[0].RuleArn;
}

async function open(desiredCount: number): Promise<void> {
  const { service } = await rehearsal.call<CreateServiceResponse>('CreateService', {
    serviceName: 'chat',
    taskDefinition: await version('1'),
    desiredCount,
    deploymentConfiguration: { strategy: 'BLUE_GREEN' },
    loadBalancers,
  });
  expect(await ended(service?.currentServiceDeployment)).toBe('SUCCESSFUL');
}

async function release(deploymentConfiguration: object): Promise<string> {
  const { service } = await rehearsal.call<UpdateServiceResponse>('UpdateService', {
    service: 'chat',
    taskDefinition: await version('2'),
    deploymentConfiguration,
  });
  return service?.currentServiceDeployment ?? '';
}

const version = (value: string): Promise<string> =>
  rehearsal.register({}, { environment: [{ name: 'VERSION', value }], stopTimeout: 5 });

const ended = (arn: string | undefined): Promise<string> =>
  rehearsal.until('the deployment ends', async () => {
    const { status = '', finishedAt } = await rehearsal.deployment(arn);
    return finishedAt !== undefined && status;
  });

/** Answers every gate of a deployment until it ends. @returns its status */
async function through(arn: string): Promise<string> {
  return rehearsal.until('the deployment ends', async () => {
    const { status = '', finishedAt, lifecycleHookDetails = [] } = await rehearsal.deployment(arn);
    const hook = lifecycleHookDetails.find((detail) => detail.status === 'AWAITING_ACTION');
    if (hook !== undefined) {
      await rehearsal.call('ContinueServiceDeployment', { serviceDeploymentArn: arn, hookId: hook.hookId });
    }
    return finishedAt !== undefined && status;
  });
}

it('moves the traffic of a canary deployment without a failed request', async () => {
  await open(2);
  users.come();
  const arn = await release({
    strategy: 'CANARY',
    bakeTimeInMinutes: 1,
    canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 1 },
    lifecycleHooks: [pause('POST_TEST_TRAFFIC_SHIFT')],
  });
  await rehearsal.until('the gate before traffic', async () => {
    const { lifecycleHookDetails: [hook] = [] } = await rehearsal.deployment(arn);
    return hook?.status === 'AWAITING_ACTION';
  });
  expect(await answerOf(testPort)).toBe('2');
  expect(users.seen).toEqual({ '1': expect.any(Number) as unknown });

  expect(await through(arn)).toBe('SUCCESSFUL');

  await users.leave();
  expect(Object.keys(users.seen).sort()).toEqual(['1', '2']);
  expect(await answerOf(productionPort)).toBe('2');
});

it('gives the traffic back to blue without a failed request', async () => {
  await open(1);
  users.come();
  const arn = await release({
    strategy: 'BLUE_GREEN',
    bakeTimeInMinutes: 60,
  });
  await rehearsal.until('users are on the new version', () => Promise.resolve((users.seen['2'] ?? 0) > 20));

  await rehearsal.call('StopServiceDeployment', { serviceDeploymentArn: arn, stopType: 'ROLLBACK' });

  expect(await ended(arn)).toBe('ROLLBACK_SUCCESSFUL');
  expect(await answerOf(productionPort)).toBe('1');
  await users.leave();
  expect(Object.keys(users.seen).sort()).toEqual(['1', '2']);
});

/** Some users who ask again and again over connections that they keep, and what they were answered. */
class Users {
  /** How often by body, and by what went wrong. */
  readonly seen: Record<string, number> = {};
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });
  #here = false;
  #loops: Promise<void>[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  come(): void {
    this.#here = true;
    this.#loops = Array.from({ length: 4 }, () => this.#askAgain());
  }

  async leave(): Promise<void> {
    this.#here = false;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  async #askAgain(): Promise<void> {
    while (this.#here) {
      const answer = await answerOf(this.#port, this.#agent);
      this.seen[answer] = (this.seen[answer] ?? 0) + 1;
    }
  }
}

/** The body of an answer; `status 503` or the error where it is not a good one. */
function answerOf(port: number, agent?: Agent): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.once('end', () =>
        resolve(response.statusCode === 200 ? body : `status ${response.statusCode}`),
      );
      response.once('error', (error) => resolve(error.message));
    });
    request.once('error', (error) => resolve(error.message));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
