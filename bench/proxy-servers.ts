// What `proxy.ts` measures, each in a process of its own: `node proxy-servers.ts target` or
// `node proxy-servers.ts load-balancer <port of blue> <port of green>`. Each tells its parent the port it listens on.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  CreateListenerOutput,
  CreateLoadBalancerOutput,
  CreateTargetGroupOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { scaledClock } from '../rehearsal/cloud/clock.ts';
import { createCloudWatch } from '../rehearsal/cloud/cloudwatch/index.ts';
import { createElb } from '../rehearsal/cloud/elb/index.ts';
import type { Call } from '../rehearsal/cloud/wire/service.ts';

/** Of 100: the shares of blue and of green. */
const weights = [80, 20] as const;

const body = Buffer.from('{"answer":"The 3MTT programme trains Nigerians in technical skills."}\n');

async function target(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
  server.keepAliveTimeout = 60_000;
  return listen(server);
}

/** The rehearsal's load balancer as it always runs: with health checks, and CloudWatch counting. */
async function loadBalancer(ports: readonly number[]): Promise<number> {
  const clock = scaledClock();
  const changed = (): void => undefined;
  const cloudWatch = createCloudWatch({ clock, changed, log: console.error });
  const elb = createElb({ clock, metrics: cloudWatch.sink, changed, log: console.error });
  const call: Call = {
    requestId: 'bench',
    region: 'eu-west-1',
    accountId: '000000000000',
    callerArn: 'arn:aws:iam::000000000000:root',
    accessKeyId: 'bench',
  };
  const ask = async <Output>(operation: string, input: object): Promise<Output> =>
    (await elb.operations[operation]?.(input, call)) as Output;

  const { LoadBalancers: [made] = [] } = await ask<CreateLoadBalancerOutput>('CreateLoadBalancer', {
    Name: 'bench',
    Subnets: ['subnet-a', 'subnet-b'],
  });
  const groups: { readonly TargetGroupArn: string; readonly Weight: number }[] = [];
  for (const [index, port] of ports.entries()) {
    const { TargetGroups: [group] = [] } = await ask<CreateTargetGroupOutput>('CreateTargetGroup', {
      Name: `group-${index}`,
      Port: 80,
      VpcId: 'vpc-bench',
      TargetType: 'ip',
    });
    const TargetGroupArn = group?.TargetGroupArn ?? '';
    groups.push({ TargetGroupArn, Weight: weights[index] ?? 0 });
    await ask('RegisterTargets', { TargetGroupArn, Targets: [{ Id: '127.0.0.1', Port: port }] });
  }
  const port = await freePort();
  await ask<CreateListenerOutput>('CreateListener', {
    LoadBalancerArn: made?.LoadBalancerArn,
    Port: port,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'forward', ForwardConfig: { TargetGroups: groups } }],
  });
  return port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

const [role, ...ports] = process.argv.slice(2);
process.send?.(role === 'target' ? await target() : await loadBalancer(ports.map(Number)));
process.once('disconnect', () => process.exit(0));
