import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { fastify, LogController, type FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { rephraser } from '../chat/rephrase.ts';
import type { Config } from '../config.ts';
import { Conversations } from '../database/conversations.ts';
import type { Database } from '../database/index.ts';
import type { Knowledge } from '../knowledge/index.ts';
import { requireBasicAuth } from './basic-auth.ts';
import { createBusinessMetrics, noBusinessMetrics } from './business-metrics.ts';
import { chatRoutes } from './chat-routes.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { pageRoutes } from './page-routes.ts';
import { probeRoutes } from './probe-routes.ts';
import { Sessions } from './session.ts';

export interface AppOptions {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly knowledge: Knowledge;
  /** Where the log goes, a JSON line an entry; nowhere where it is left out. */
  readonly log?: { write(line: string): void };
}

const largestBodyBytes = 16 * 1024;
const slowestRequestMs = 10_000;

/** The whole service, ready to listen. Closing it finishes what is in flight, streams too. */
export async function createApp({ config, db, knowledge, log }: AppOptions): Promise<FastifyInstance> {
  const inDevelopment = config.release.environment === 'development';
  const app = fastify({
    bodyLimit: largestBodyBytes,
    requestTimeout: slowestRequestMs,
    trustProxy: (_address, hop) => hop < config.trustedProxies,
    // A request that comes while we close is answered, and told that the connection ends.
    return503OnClosing: false,
    logController: new LogController({ disableRequestLogging: true }),
    logger: log === undefined ? false : { level: config.logLevel, stream: log },
  });
  const metrics = createMetrics();
  const business =
    config.metrics === undefined || log === undefined
      ? noBusinessMetrics
      : createBusinessMetrics({
          ...config.metrics,
          release: config.release,
          write: (line) => log.write(line),
        });
  app.addHook('onClose', () => business.flush());

  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
    // TLS ends at the load balancer; development has none.
    strictTransportSecurity: inDevelopment ? false : { maxAge: 31_536_000 },
  });
  observeRequests(app, metrics);
  if (config.basicAuth !== undefined) requireBasicAuth(app, config.basicAuth);
  answerErrors(app, config.debug);

  probeRoutes(app, { release: config.release, db, knowledge, metrics });
  pageRoutes(app);
  await app.register(async (limited) => {
    if (config.rateLimit > 0)
      await limited.register(rateLimit, {
        max: config.rateLimit,
        timeWindow: '1 minute',
        errorResponseBuilder: (_request, { after }) => ({
          statusCode: 429,
          message: `That were too many requests. Please try again in ${after}.`,
        }),
      });
    chatRoutes(limited, {
      knowledge,
      conversations: new Conversations(db),
      sessions: new Sessions(config.secretKeys, { secure: !inDevelopment }),
      metrics,
      business,
      rephrase: rephraser(config, {
        onFailure: (error) => {
          metrics.modelFailures.inc();
          app.log.warn(
            { err: error },
            'The language model did not answer; the passages were told as they stand.',
          );
        },
      }),
      contact: config.handoverContact,
    });
  });
  return app;
}

const contentSecurityPolicy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
};

/** One line a request, and none of what was said in it; those of probes at DEBUG. */
function observeRequests(app: FastifyInstance, metrics: Metrics): void {
  const quiet: ReadonlySet<string> = new Set(['/health', '/ready', '/version', '/metrics']);
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const { method } = request;
    metrics.requests.observe({ route, method, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    const line = {
      method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      requestId: request.id,
    };
    if (quiet.has(route)) request.log.debug(line);
    else request.log.info(line);
    done();
  });
}

function answerErrors(app: FastifyInstance, debug: boolean): void {
  app.setErrorHandler<{ statusCode?: number; message: string }>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'A request failed.');
    const shown = status < 500 || debug ? error.message : 'Something went wrong here. Please try again.';
    void reply.code(status).send({ error: shown });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }));
}
