import type { FastifyInstance } from 'fastify';
import { isEqual } from './session.ts';

/** Probes and scrapers have no password. */
const alwaysOpen: ReadonlySet<string> = new Set(['/health', '/ready', '/version', '/metrics']);

/** Asks for a user name and a password (RFC 7617) everywhere but at the probes. */
export function requireBasicAuth(app: FastifyInstance, userAndPassword: string): void {
  const expected = `Basic ${Buffer.from(userAndPassword).toString('base64')}`;
  app.addHook('onRequest', async (request, reply) => {
    // The route's own path: one that is only spelt like a probe's has none of its openness.
    if (alwaysOpen.has(request.routeOptions.url ?? '')) return;
    if (isEqual(request.headers.authorization ?? '', expected)) return;
    await reply
      .code(401)
      .header('www-authenticate', 'Basic realm="chatbot", charset="UTF-8"')
      .send({ error: 'A user name and a password are asked for.' });
  });
}
