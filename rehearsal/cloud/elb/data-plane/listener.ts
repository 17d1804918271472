import { createServer, type Agent, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { forwardOf, type LoadBalancerRecord, type TargetGroupRecord, type TargetRecord } from '../model.ts';
import type { Accounts } from './accounts.ts';
import { answer, rawAnswer, serverName } from './answers.ts';
import { forward } from './forward.ts';
import { chooseGroup, eligible, matchRule, type LiveRule } from './routing.ts';
import { groupCookie, pin, pinned, targetCookie, targetKey } from './stickiness.ts';
import { upgrade } from './upgrade.ts';

/** What a listener asks the rest of the data plane, on every request. */
export interface ListenerWorld {
  readonly loadBalancer: LoadBalancerRecord;
  readonly port: number;
  readonly agent: Agent;
  readonly accounts: Accounts;
  /** As they have reached the data plane. */
  rules(): readonly LiveRule[];
  group(arn: string): TargetGroupRecord | undefined;
  /** A number that grows with every request to the group: round robin. */
  turn(groupArn: string): number;
  /** Aborted when the target is gone for good. */
  signalOf(groupArn: string, target: TargetRecord): AbortSignal;
}

interface Chosen {
  readonly group: TargetGroupRecord;
  readonly target: TargetRecord | undefined;
  readonly cookies: readonly string[];
}

/** Opens a listener's port on 127.0.0.1. @throws where it is taken */
export async function openListener(world: ListenerWorld): Promise<Server> {
  const server = createServer((request, response) => void handle(world, request, response));
  server.on('upgrade', (request, socket, head) => void handleUpgrade(world, request, socket, head));
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end(rawAnswer(400));
  });
  server.keepAliveTimeout = idleTimeoutMs(world.loadBalancer);
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

async function handle(
  world: ListenerWorld,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const action = actionOf(world, request);
  switch (action?.Type) {
    case 'forward':
      return pass(world, action, request, response);
    case 'fixed-response': {
      const {
        StatusCode = '503',
        ContentType = 'text/plain',
        MessageBody = '',
      } = action.FixedResponseConfig ?? {};
      response.writeHead(Number(StatusCode), { server: serverName, 'content-type': ContentType });
      response.end(MessageBody);
      count(world, Number(StatusCode));
      return;
    }
    case 'redirect': {
      const { StatusCode, Location } = redirectOf(action, request, world.port);
      response.writeHead(StatusCode, { server: serverName, location: Location });
      response.end();
      count(world, StatusCode);
      return;
    }
    default:
      answer(response, 404);
      {
        count(world, 404);
        return;
      }
  }
}

function count({ accounts }: ListenerWorld, status: number): void {
  accounts.count({ targetGroupArn: undefined, status, by: 'elb', targetMs: undefined });
}

async function pass(
  world: ListenerWorld,
  action: Action,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chosen = choose(world, action, request);
  if (chosen?.target === undefined) {
    answer(response, 503);
    world.accounts.count({
      targetGroupArn: chosen?.group.arn,
      status: 503,
      by: 'elb',
      targetMs: undefined,
    });
    return;
  }
  const { group, target, cookies } = chosen;
  const handled = await forward(request, response, {
    port: target.port,
    agent: world.agent,
    idleTimeoutMs: idleTimeoutMs(world.loadBalancer),
    headers: addedHeaders(request, world.port),
    cookies,
    signal: world.signalOf(group.arn, target),
  });
  world.accounts.count({ targetGroupArn: group.arn, ...handled });
}

async function handleUpgrade(
  world: ListenerWorld,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const action = actionOf(world, request);
  const chosen = action?.Type === 'forward' ? choose(world, action, request) : undefined;
  if (chosen?.target === undefined) {
    socket.end(rawAnswer(503));
    count(world, 503);
    return;
  }
  const { group, target } = chosen;
  const status = await upgrade(request, socket, head, {
    port: target.port,
    headers: addedHeaders(request, world.port),
    signal: world.signalOf(group.arn, target),
  });
  world.accounts.count({
    targetGroupArn: group.arn,
    status,
    by: status === 502 ? 'elb' : 'target',
    targetMs: undefined,
  });
}

function actionOf(world: ListenerWorld, request: IncomingMessage): Action | undefined {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const rule = matchRule(world.rules(), {
    method: request.method ?? 'GET',
    host: request.headers.host ?? '',
    path,
    query: new URLSearchParams(query),
    headers: request.headers,
    sourceIp: addressOf(request),
  });
  return rule?.actions.at(-1);
}

function choose(world: ListenerWorld, action: Action, request: IncomingMessage): Chosen | undefined {
  const groups = forwardOf([action]);
  const sticky = action.ForwardConfig?.TargetGroupStickinessConfig;
  const wanted = sticky?.Enabled === true ? pinned(request.headers.cookie, groupCookie) : undefined;
  const picked =
    groups.find(({ targetGroupArn, weight }) => targetGroupArn === wanted && weight > 0) ??
    chooseGroup(groups, Math.random());
  const group = picked === undefined ? undefined : world.group(picked.targetGroupArn);
  if (group === undefined) return undefined;
  const cookies =
    sticky?.Enabled === true ? [pin(groupCookie, group.arn, sticky.DurationSeconds ?? 3600)] : [];
  const candidates = eligible(group.targets);
  const isPinning = group.attributes['stickiness.enabled'] === 'true';
  const key = isPinning ? pinned(request.headers.cookie, targetCookie) : undefined;
  const target =
    candidates.find((one) => targetKey(one) === key) ??
    candidates[world.turn(group.arn) % Math.max(1, candidates.length)];
  if (target === undefined || !isPinning) return { group, target, cookies };
  const seconds = Number(group.attributes['stickiness.lb_cookie.duration_seconds'] ?? 86_400);
  return { group, target, cookies: [...cookies, pin(targetCookie, targetKey(target), seconds)] };
}

/** X-Forwarded-*: what a client sent of these is kept before the load balancer's own word, as an ALB does by default. */
function addedHeaders(request: IncomingMessage, port: number): (readonly [string, string])[] {
  const before = request.headers['x-forwarded-for'];
  const address = addressOf(request);
  const trace = request.headers['x-amzn-trace-id'];
  return [
    ['X-Forwarded-For', before === undefined ? address : `${String(before)}, ${address}`],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Port', String(port)],
    ['X-Amzn-Trace-Id', typeof trace === 'string' ? trace : traceId()],
  ];
}

function traceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}

function addressOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
}

function redirectOf(
  { RedirectConfig: config }: Action,
  request: IncomingMessage,
  port: number,
): { StatusCode: number; Location: string } {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
  const known: Readonly<Record<string, string>> = {
    protocol: 'http',
    host: url.hostname,
    port: String(port),
    path: url.pathname.slice(1),
    query: url.search.slice(1),
  };
  const fill = (text: string): string =>
    text.replaceAll(/#\{(\w+)\}/g, (_all, key: string) => known[key] ?? '');
  const protocol = fill(config?.Protocol ?? '#{protocol}').toLowerCase();
  const host = fill(config?.Host ?? '#{host}');
  const target = fill(config?.Port ?? '#{port}');
  const query = fill(config?.Query ?? '#{query}');
  return {
    StatusCode: config?.StatusCode === 'HTTP_301' ? 301 : 302,
    Location: `${protocol}://${host}:${target}${fill(config?.Path ?? '/#{path}')}${query === '' ? '' : `?${query}`}`,
  };
}

function idleTimeoutMs({ attributes }: LoadBalancerRecord): number {
  return Number(attributes['idle_timeout.timeout_seconds'] ?? 60) * 1000;
}
