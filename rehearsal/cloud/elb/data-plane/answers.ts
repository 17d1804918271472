import type { ServerResponse } from 'node:http';

/** The statuses that a load balancer answers by itself. */
export type ElbStatus = 400 | 404 | 502 | 503 | 504;

const titles: Readonly<Record<ElbStatus, string>> = {
  400: '400 Bad Request',
  404: '404 Not Found',
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
};

export const serverName = 'awselb/2.0';

/** An answer of the load balancer's own, as an ALB gives it. */
export function answer(response: ServerResponse, status: ElbStatus): void {
  if (response.headersSent) {
    // The client has half an answer: all that is left is to break it off, so that it does not pass for a whole one.
    response.destroy();
    return;
  }
  const body = page(status);
  response.writeHead(status, {
    server: serverName,
    'content-type': 'text/html',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** The same on a bare socket, for what was to become a WebSocket. */
export function rawAnswer(status: ElbStatus): string {
  const body = page(status);
  return [
    `HTTP/1.1 ${titles[status]}`,
    `server: ${serverName}`,
    'content-type: text/html',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

function page(status: ElbStatus): string {
  const title = titles[status];
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
}
