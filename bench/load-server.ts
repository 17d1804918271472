// What `load.ts` sends load to, in a process of its own: `node load-server.ts`. It tells its parent the port. Below
// `/` it answers at once; below `/spread` after 20 to 220 ms, all of them equally likely.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = Buffer.from('{"answer":"The 3MTT programme trains Nigerians in technical skills."}\n');
const spread = { leastMs: 20, mostMs: 220 } as const;

const server = createServer((request, response) => {
  const answer = (): void => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  };
  request.resume();
  if (request.url === '/spread') {
    setTimeout(answer, spread.leastMs + (spread.mostMs - spread.leastMs) * Math.random());
  } else answer();
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit(0));
