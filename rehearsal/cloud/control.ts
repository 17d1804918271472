import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallLog } from './calls/index.ts';
import type { Ecs } from './ecs/index.ts';
import { readFault, type Faults } from './faults/index.ts';
import type { Role, Roles } from './roles/index.ts';

export interface ControlOptions {
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly roles: Roles;
  readonly ecs: Ecs;
  readonly driver: string;
}

/**
 * What no AWS has: faults on demand, the log of calls, the roles, a task stopped from outside. For tests, benchmarks
 * and whoever wants to see how a pipeline takes a bad day.
 *
 * ```
 * GET    /_rehearsal/status
 * GET    /_rehearsal/calls            DELETE: forget them
 * GET    /_rehearsal/faults           POST: add one   DELETE: remove all
 * PUT    /_rehearsal/roles            { name, trust, permissions? }
 * POST   /_rehearsal/tasks/ID/stop
 * ```
 */
export function controlPlane(options: ControlOptions) {
  const { faults, calls, roles, ecs } = options;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://cloud');
    const send = (statusCode: number, body: unknown): void => {
      response.writeHead(statusCode, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    };
    // A page of another site must not steer the rehearsal.
    if (request.headers.origin !== undefined || !isLocal(request.headers.host)) {
      send(403, { message: 'The control plane is for this machine, and not for web pages.' });
      return;
    }
    try {
      switch (`${request.method ?? ''} ${pathname.replace(/\/tasks\/[^/]+\//, '/tasks/ID/')}`) {
        case 'GET /_rehearsal/status':
          return send(200, {
            driver: options.driver,
            tasks: ecs.tasks.list().map(({ id, group, lastStatus }) => ({ id, group, lastStatus })),
          });
        case 'GET /_rehearsal/calls':
          return send(200, calls.list());
        case 'DELETE /_rehearsal/calls':
          calls.clear();
          return send(200, {});
        case 'GET /_rehearsal/faults':
          return send(200, faults.list());
        case 'POST /_rehearsal/faults':
          return send(201, { id: faults.add(readFault(await readJson(request))) });
        case 'DELETE /_rehearsal/faults':
          faults.clear();
          return send(200, {});
        case 'PUT /_rehearsal/roles':
          roles.put((await readJson(request)) as Role);
          return send(200, {});
        case 'POST /_rehearsal/tasks/ID/stop': {
          const task = ecs.tasks.find(pathname.split('/')[3] ?? '');
          if (task === undefined) return send(404, { message: 'There is no such task.' });
          ecs.tasks.stop(task, 'UserInitiated', 'Stopped from the control plane of the rehearsal.');
          return send(200, {});
        }
        default:
          return send(404, { message: `The control plane has no ${request.method ?? ''} ${pathname}.` });
      }
    } catch (error: unknown) {
      send(400, { message: error instanceof Error ? error.message : String(error) });
    }
  };
}

function isLocal(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '');
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}
