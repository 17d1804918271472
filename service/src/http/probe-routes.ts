import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import type { Config } from '../config.ts';
import { isAnswering, type Database } from '../database/index.ts';
import type { Knowledge } from '../knowledge/index.ts';
import type { Metrics } from './metrics.ts';

export interface ProbeOptions {
  readonly release: Config['release'];
  readonly db: Kysely<Database>;
  readonly knowledge: Knowledge;
  readonly metrics: Metrics;
}

/**
 * What load balancers, deployments and Prometheus ask. `/health` says that the process lives, and nothing of the
 * database: a task that is restarted because PostgreSQL is away helps nobody. `/ready` says that it can answer.
 */
export function probeRoutes(app: FastifyInstance, { release, db, knowledge, metrics }: ProbeOptions): void {
  app.get('/health', () => ({ status: 'ok' }));

  app.get('/ready', async (_request, reply) => {
    const checks = { database: await isAnswering(db), knowledge: knowledge.passages.length > 0 };
    const ready = Object.values(checks).every(Boolean);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks });
  });

  app.get('/version', () => ({
    ...release,
    node: process.version,
    uptime: Math.round(process.uptime()),
  }));

  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
