import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';

const folder = path.join(import.meta.dirname, '..', '..', 'public');

const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/chat.css', 'chat.css', 'text/css; charset=utf-8'],
  ['/chat.js', 'chat.js', 'text/javascript; charset=utf-8'],
  ['/markdown.js', 'markdown.js', 'text/javascript; charset=utf-8'],
  ['/event-stream.js', 'event-stream.js', 'text/javascript; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

/** The page: a closed list of files, read once. Browsers keep them and ask whether they have changed. */
export function pageRoutes(app: FastifyInstance): void {
  for (const [url, file, type] of files) {
    const content = readFileSync(path.join(folder, file));
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    app.get(url, (request, reply) => {
      void reply.header('etag', etag).header('cache-control', 'no-cache');
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(type).send(content);
    });
  }
}
