// Our own load generator, in a process of its own: `node load-client.ts URL closed REQUESTS CONCURRENCY` or
// `node load-client.ts URL open RATE SECONDS`. It prints what it measured as JSON.
import { setTimeout as sleepFor } from 'node:timers/promises';
import { openConnection, runLoad, type Load } from '../src/load/index.ts';

const [url = '', kind, first, second] = process.argv.slice(2);
const [amount, extent] = [Number(first), Number(second)];
const load: Load =
  kind === 'open'
    ? { kind: 'open', ratePerSecond: amount, durationMs: extent * 1000 }
    : { kind: 'closed', requests: amount, concurrency: extent };
const { measured, pace } = await runLoad({
  load,
  warmUpMs: 1000,
  connect: () =>
    openConnection({
      url: new URL(url),
      method: 'GET',
      headers: {},
      body: undefined,
      expect: { statuses: [200], contains: undefined },
      timeoutMs: 10_000,
    }),
  now: () => performance.now(),
  sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
  signal: AbortSignal.timeout(120_000),
  report: () => undefined,
});
const { failed, dropped, throughput, latency, sendLag } = measured;
console.log(JSON.stringify({ failed, dropped, throughput, latency, sendLag, pace }));
