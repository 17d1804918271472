import { existsSync } from 'node:fs';
import path from 'node:path';
import { route, type Exchange, type Route } from '../http.ts';
import type { Hub } from '../hub.ts';
import { send, sendPage } from './answer.ts';
import { findArtifact, kindOf, readArtifactFile } from './artifact-content.ts';
import { artifactFilePage, artifactPage } from './artifact.ts';
import { zipFolder } from './zip.ts';

/**
 * Artifacts hold whatever a job has put into them: nothing of them runs, asks for anything or is framed, even where
 * its own address is opened.
 */
const rawPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox";

/** What jobs have uploaded: listed, shown, downloaded. */
export function artifactRoutes(hub: Hub, missing: (exchange: Exchange) => void): readonly Route[] {
  return [
    route('GET', '/artifacts/:id.zip', (exchange, id = '') => {
      const found = findArtifact(hub, Number(id));
      if (found === undefined || !existsSync(found.artifact.directory)) return missing(exchange);
      send(exchange, 200, 'application/zip', zipFolder(found.artifact.directory));
    }),
    route('GET', '/artifacts/:id', (exchange, id = '') => {
      const found = findArtifact(hub, Number(id));
      if (found === undefined) return missing(exchange);
      const name = exchange.url.searchParams.get('file');
      if (name === null) return sendPage(exchange, artifactPage(hub, found));
      const content = readArtifactFile(found.artifact, name);
      if (content === undefined) return missing(exchange);
      sendPage(exchange, artifactFilePage(hub, found, name, content));
    }),
    route('GET', '/artifacts/:id/raw', (exchange, id = '') => {
      const found = findArtifact(hub, Number(id));
      const name = exchange.url.searchParams.get('file') ?? '';
      const content = found === undefined ? undefined : readArtifactFile(found.artifact, name);
      if (content === undefined) return missing(exchange);
      const kind = kindOf(name, content);
      send(exchange, 200, kind.kind === 'image' ? kind.type : 'application/octet-stream', content, {
        'cache-control': 'no-store',
        'content-security-policy': rawPolicy,
        'cross-origin-resource-policy': 'same-origin',
        'content-disposition': `attachment; filename*=UTF-8''${encoded(path.posix.basename(name))}`,
      });
    }),
  ];
}

/** As a header takes it: RFC 8187 leaves fewer characters than a URL does. */
function encoded(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
}
