import { createServer, type Agent, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { LoadBalancerRecord, TargetRecord } from '../model.ts';
import type { Accounts } from './accounts.ts';
import { answer, rawAnswer, serverName } from './answers.ts';
import { choose, type Surroundings } from './choose.ts';
import { forward } from './forward.ts';
import { requestHeaders } from './headers.ts';
import type { InFlight } from './in-flight.ts';
import { redirectOf } from './redirect.ts';
import { matchRule, type LiveRule } from './routing.ts';
import { upgrade } from './upgrade.ts';

/** What a listener asks the rest of the data plane, on every request. */
export interface ListenerWorld extends Surroundings {
  readonly loadBalancer: LoadBalancerRecord;
  readonly protocol: 'http' | 'https';
  /** What it speaks TLS with; `undefined`: plain HTTP. HTTP/1.1 in both cases, where an ALB has HTTP/2 as well. */
  readonly secure: SecureContextOptions | undefined;
  readonly port: number;
  readonly agent: Agent;
  readonly accounts: Accounts;
  /** As they have reached the data plane. */
  rules(): readonly LiveRule[];
  inFlight(groupArn: string, target: TargetRecord): InFlight;
}

/** An ALB takes 64 kB of headers ("Quotas for your Application Load Balancers"); Node alone takes 16. */
const headerBytes = 64 * 1024;

/** Opens a listener's port on 127.0.0.1. @throws where it is taken */
export async function openListener(world: ListenerWorld): Promise<Server | SecureServer> {
  const { secure } = world;
  const server =
    secure === undefined
      ? createServer({ maxHeaderSize: headerBytes })
      : createSecureServer({ ...secure, maxHeaderSize: headerBytes });
  server.on('request', (request, response) => handle(world, request, response));
  server.on('upgrade', (request, socket, head) => handleUpgrade(world, request, socket, head));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    socket.end(rawAnswer(400));
    count(world, 400);
  });
  server.keepAliveTimeout = idleTimeoutMs(world);
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: world.port, host: '127.0.0.1' }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

function handle(world: ListenerWorld, request: IncomingMessage, response: ServerResponse): void {
  const rule = matchRule(world.rules(), request);
  switch (rule?.action?.Type) {
    case 'forward':
      return pass(world, rule, request, response);
    case 'fixed-response': {
      const {
        StatusCode,
        ContentType = 'text/plain',
        MessageBody = '',
      } = rule.action.FixedResponseConfig ?? {};
      const status = Number(StatusCode ?? 503);
      response.writeHead(status, {
        server: serverName,
        'content-type': ContentType,
        'content-length': Buffer.byteLength(MessageBody),
      });
      response.end(MessageBody);
      return count(world, status);
    }
    case 'redirect': {
      const { status, location } = redirectOf(rule.action, request, world);
      response.writeHead(status, { server: serverName, location, 'content-length': 0 });
      response.end();
      return count(world, status);
    }
    default:
      answer(response, 404);
      return count(world, 404);
  }
}

function pass(
  world: ListenerWorld,
  rule: LiveRule,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const chosen = choose(rule, request.headers.cookie, world);
  if (chosen?.target === undefined) {
    answer(response, 503);
    return count(world, 503, chosen?.group.arn);
  }
  const { group, target, cookies } = chosen;
  forward(
    request,
    response,
    {
      port: target.port,
      agent: world.agent,
      idleTimeoutMs: idleTimeoutMs(world),
      headers: requestHeaders(request, world),
      cookies,
      inFlight: world.inFlight(group.arn, target),
    },
    (forwarded) => world.accounts.count(group.arn, forwarded),
  );
}

function handleUpgrade(world: ListenerWorld, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  // Node has let go of the socket: a client that breaks off would end this process.
  socket.on('error', () => socket.destroy());
  const rule = matchRule(world.rules(), request);
  const chosen = rule === undefined ? undefined : choose(rule, request.headers.cookie, world);
  if (chosen?.target === undefined) {
    socket.end(rawAnswer(503));
    return count(world, 503, chosen?.group.arn);
  }
  const { group, target } = chosen;
  upgrade(
    request,
    socket,
    head,
    {
      port: target.port,
      idleTimeoutMs: idleTimeoutMs(world),
      headers: requestHeaders(request, world),
      inFlight: world.inFlight(group.arn, target),
    },
    (forwarded) => world.accounts.count(group.arn, forwarded),
  );
}

/** What the load balancer answered by itself. */
function count({ accounts }: ListenerWorld, status: number, targetGroupArn?: string): void {
  accounts.count(targetGroupArn, { status, by: 'elb', targetMs: undefined });
}

function idleTimeoutMs({ loadBalancer: { attributes } }: ListenerWorld): number {
  return Number(attributes['idle_timeout.timeout_seconds'] ?? 60) * 1000;
}
