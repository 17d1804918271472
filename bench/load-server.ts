// What `load.ts` and `load-comparison.ts` send load to, in a process of its own: `node load-server.ts`. It tells its
// parent the port. `/` is answered at once; `/spread` after 20 to 220 ms, all of them equally likely; `/release/120`
// after 120 % of 10 to 40 ms, the quicker the likelier.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = Buffer.from('{"answer":"The 3MTT programme trains Nigerians in technical skills."}\n');

/** Milliseconds until an answer; `undefined`: at once. */
function delayFor(url: string): number | undefined {
  if (url === '/spread') return 20 + 200 * Math.random();
  const percent = /^\/release\/(\d+)$/.exec(url)?.[1];
  return percent === undefined ? undefined : (Number(percent) / 100) * (10 + 30 * Math.random() ** 2);
}

const server = createServer((request, response) => {
  const answer = (): void => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  };
  request.resume();
  const delay = delayFor(request.url ?? '');
  if (delay === undefined) answer();
  else setTimeout(answer, delay);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit(0));
