import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallLog } from '../calls/index.ts';
import { readMetricFaults, type MetricFaults } from '../cloudwatch/faults.ts';
import { readElbFaults, type ElbFaults } from '../elb/faults.ts';
import { readFault, type Faults } from '../faults/index.ts';
import { readRole, type Roles } from '../roles/index.ts';
import type { Handler } from '../server.ts';
import type { Service } from '../wire/service.ts';
import { Refused } from './refused.ts';

export interface ControlOptions {
  readonly services: readonly Service[];
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly roles: Roles;
  readonly metrics: MetricFaults;
  readonly loadBalancers: ElbFaults;
  /** Whatever else the front page says: addresses, driver, time scale. */
  readonly about: () => Readonly<Record<string, unknown>>;
  /** A role was put or removed. */
  readonly changed: () => void;
}

export const controlPrefix = '/_rehearsal';

interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly body: () => Promise<unknown>;
}

type Answer = readonly [statusCode: number, body?: unknown];

const bodyLimitBytes = 1024 * 1024;

/** The control plane: faults, the call log and roles, for tests and for people, as JSON under `/_rehearsal/`. */
export function controlHandler(options: ControlOptions): Handler {
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://cloud');
    const exchange: Exchange = { method: request.method ?? 'GET', url, body: () => readJson(request) };
    let answer: Answer;
    try {
      answer = await route(options, exchange);
    } catch (error: unknown) {
      if (!(error instanceof Refused)) throw error;
      answer = [400, { message: error.message }];
    }
    write(response, answer);
  };
}

async function route(options: ControlOptions, exchange: Exchange): Promise<Answer> {
  const [collection, id] = exchange.url.pathname
    .slice(controlPrefix.length)
    .split('/')
    .filter((part) => part !== '');
  switch (collection) {
    case undefined:
      return [200, about(options)];
    case 'faults':
      return faults(options.faults, exchange, id);
    case 'calls':
      return calls(options.calls, exchange);
    case 'roles':
      return roles(options, exchange, id);
    case 'metrics':
      return metrics(options.metrics, exchange);
    case 'load-balancers':
      return loadBalancers(options.loadBalancers, exchange);
    default:
      return [
        404,
        { message: `There is /faults, /calls, /roles, /metrics and /load-balancers under ${controlPrefix}.` },
      ];
  }
}

function about({ services, about: more }: ControlOptions): object {
  return {
    ...more(),
    services: Object.fromEntries(services.map(({ id, operations }) => [id, Object.keys(operations).sort()])),
  };
}

async function faults(store: Faults, { method, body }: Exchange, id: string | undefined): Promise<Answer> {
  switch (method) {
    case 'GET':
      return [200, { faults: store.list() }];
    case 'POST':
      return [201, { id: store.add(readFault(await body())) }];
    case 'DELETE':
      if (id === undefined) store.clear();
      else if (!store.remove(Number(id))) return [404, { message: `There is no fault ${id}.` }];
      return [204];
    default:
      return notAllowed(method);
  }
}

function calls(log: CallLog, { method, url }: Exchange): Answer {
  switch (method) {
    case 'GET': {
      const after = Number(url.searchParams.get('after') ?? 0);
      return [200, { calls: log.list().filter(({ number }) => number > after) }];
    }
    case 'DELETE':
      log.clear();
      return [204];
    default:
      return notAllowed(method);
  }
}

async function roles(
  { roles: store, changed }: ControlOptions,
  { method, body }: Exchange,
  name: string | undefined,
): Promise<Answer> {
  switch (method) {
    case 'GET':
      return [200, { enforced: store.enforced, roles: store.list() }];
    case 'PUT':
      if (name === undefined) {
        const enforced = ((await body()) as { enforced?: unknown } | null)?.enforced;
        if (typeof enforced !== 'boolean')
          throw new Refused('PUT /roles takes { "enforced": true | false }.');
        store.enforced = enforced;
      } else {
        store.put(readRole(name, await body()));
      }
      changed();
      return [204];
    case 'DELETE':
      if (name === undefined || !store.remove(name))
        return [404, { message: `There is no role ${name ?? ''}.` }];
      changed();
      return [204];
    default:
      return notAllowed(method);
  }
}

async function metrics(faults: MetricFaults, { method, body }: Exchange): Promise<Answer> {
  switch (method) {
    case 'GET':
      return [200, faults];
    case 'PUT':
      Object.assign(faults, readMetricFaults(await body()));
      return [204];
    default:
      return notAllowed(method);
  }
}

async function loadBalancers(faults: ElbFaults, { method, body }: Exchange): Promise<Answer> {
  switch (method) {
    case 'GET':
      return [200, faults];
    case 'PUT':
      Object.assign(faults, readElbFaults(await body()));
      return [204];
    default:
      return notAllowed(method);
  }
}

function notAllowed(method: string): Answer {
  return [405, { message: `${method} is not for this.` }];
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) throw new Refused(`The body has more than ${bodyLimitBytes} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (error: unknown) {
    throw new Refused(`The body is not JSON: ${String(error)}`, { cause: error });
  }
}

function write(response: ServerResponse, [statusCode, body]: Answer): void {
  if (body === undefined) {
    response.writeHead(statusCode).end();
    return;
  }
  response.writeHead(statusCode, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body, undefined, 2)}\n`);
}
