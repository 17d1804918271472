// Tells the hub which refs a push moved, and prints what the hub answers, line by line, to whoever pushed.
// Called by the `post-receive` hook: node post-receive.mjs <file with the hub's address and token>
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

const notRunning =
  "The rehearsal's hub is not running. The push is kept, and starts its workflows when you start it again (npm start).";

const [, , file] = process.argv;
const updates = (await text(process.stdin))
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [before, after, ...ref] = line.split(' ');
    return { before, after, ref: ref.join(' ') };
  });

let hub;
try {
  hub = JSON.parse(readFileSync(file, 'utf8'));
} catch {
  console.log(notRunning);
}
if (hub !== undefined && updates.length > 0) {
  const body = JSON.stringify({ updates, follow: process.env.SLUICE_FOLLOW !== '0' });
  const call = request(
    new URL('/_hub/push', hub.url),
    {
      method: 'POST',
      headers: {
        authorization: `Bearer ${hub.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    },
    (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk) => process.stdout.write(chunk));
      // The refs have been received whatever becomes of the connection.
      response.on('error', () => {});
    },
  );
  call.on('error', (error) => {
    if (error.code === 'ECONNREFUSED') console.log(notRunning);
    else if (error.code !== 'ECONNRESET')
      console.log(`The hub at ${hub.url} did not answer: ${error.message}`);
  });
  call.end(body);
}
