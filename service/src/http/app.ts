import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { fastify, type FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { rephraser } from '../chat/rephrase.ts';
import type { Config } from '../config.ts';
import { Conversations } from '../database/conversations.ts';
import { isAnswering, type Database } from '../database/index.ts';
import type { Knowledge } from '../knowledge/index.ts';
import { chatRoutes } from './chat-routes.ts';
import { createMetrics } from './metrics.ts';
import { Sessions } from './session.ts';

export interface AppOptions {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly knowledge: Knowledge;
  /** Where the log goes; nowhere in tests. */
  readonly log?: { write(line: string): void };
  /** Requests a minute and address that may be asked of the chat. */
  readonly chatLimit?: number;
}

const bodyLimitBytes = 16 * 1024;
const defaultChatLimit = 60;
const publicFolder = path.join(import.meta.dirname, '..', '..', 'public');

/** Open without basic authentication: probes and scrapers have no password. */
const alwaysOpen: ReadonlySet<string> = new Set(['/health', '/ready', '/version', '/metrics']);

export async function createApp({
  config,
  db,
  knowledge,
  log,
  chatLimit,
}: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    trustProxy: true,
    // While it closes, connections are told so, and finished.
    return503OnClosing: false,
    logger:
      log === undefined
        ? false
        : {
            level: config.logLevel,
            stream: log,
            redact: ['req.headers.authorization', 'req.headers.cookie'],
          },
  });
  const metrics = createMetrics();
  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // TLS ends at the load balancer; development has none.
    strictTransportSecurity: config.release.environment === 'development' ? false : { maxAge: 31_536_000 },
  });
  await app.register(rateLimit, { global: false });

  app.addHook('onRequest', async (request, reply) => {
    const { basicAuth } = config;
    if (basicAuth === undefined || alwaysOpen.has(request.url.split('?')[0] ?? '')) return;
    const given = Buffer.from(request.headers.authorization ?? '');
    const expected = Buffer.from(`Basic ${Buffer.from(basicAuth).toString('base64')}`);
    if (given.length === expected.length && timingSafeEqual(given, expected)) return;
    await reply
      .code(401)
      .header('www-authenticate', 'Basic realm="chatbot"')
      .send({ error: 'A user name and a password are asked for.' });
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.requests.observe(
      { route, method: request.method, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
    done();
  });
  app.setErrorHandler<{ statusCode?: number } & Error>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'A request failed.');
    const shown =
      status >= 500 && !config.debug ? 'Something went wrong here. Please try again.' : error.message;
    void reply.code(status).send({ error: shown });
  });

  app.get('/health', () => ({ status: 'ok' }));
  app.get('/ready', async (_request, reply) => {
    const checks = { database: await isAnswering(db), knowledge: knowledge.passages.length > 0 };
    const ready = Object.values(checks).every(Boolean);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks });
  });
  app.get('/version', () => ({
    ...config.release,
    node: process.version,
    uptime: Math.round(process.uptime()),
  }));
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );

  await app.register(async (limited) => {
    await limited.register(rateLimit, { max: chatLimit ?? defaultChatLimit, timeWindow: '1 minute' });
    chatRoutes(limited, {
      knowledge,
      conversations: new Conversations(db),
      sessions: new Sessions(config.secretKeys, { secure: config.release.environment !== 'development' }),
      metrics,
      rephrase: rephraser(config),
      contact: config.handoverContact,
    });
  });

  for (const [url, file, type] of [
    ['/', 'index.html', 'text/html; charset=utf-8'],
    ['/chat.css', 'chat.css', 'text/css; charset=utf-8'],
    ['/chat.js', 'chat.js', 'text/javascript; charset=utf-8'],
    ['/icon.svg', 'icon.svg', 'image/svg+xml'],
  ] as const) {
    const content = readFileSync(path.join(publicFolder, file));
    app.get(url, (_request, reply) => reply.type(type).header('cache-control', 'no-cache').send(content));
  }
  return app;
}
