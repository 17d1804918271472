import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { compare, interleave, openConnection, type Connection } from '../src/load/index.ts';
import type { Measured } from './statistics.ts';

const same = 50;
const slower = 20;
const concurrency = 50;

/** How often two real servers that are alike are found different, and one that is 20 % slower is found. */
export async function measure(): Promise<Measured> {
  const servers: ChildProcess[] = [];
  try {
    const [blue, green] = [await startServer(servers), await startServer(servers)];
    const count = async (times: number, percent: number): Promise<number> => {
      let worse = 0;
      for (let time = 0; time < times; time += 1) {
        const found = await comparison(`${blue}release/100`, `${green}release/${percent}`);
        if (found === 'worse') worse += 1;
      }
      return worse;
    };
    const falseAlarms = await count(same, 100);
    const found = await count(slower, 120);
    return {
      figures: [
        {
          what: `the same release found worse, of ${same} comparisons`,
          unit: '',
          values: [falseAlarms],
          target: { atMost: 1 },
        },
        {
          what: `20 % slower found worse, of ${slower} comparisons`,
          unit: '',
          values: [found],
          target: { atLeast: slower - 1 },
        },
      ],
      notes: [
        `Two Node servers, each a process of its own, answer after 10 to 40 ms, the quicker the likelier; the slower one takes 20 % longer for each answer. Each comparison is twenty blocks of 400 requests to either, ${concurrency} at once.`,
      ],
    };
  } finally {
    for (const server of servers) server.kill();
  }
}

async function startServer(servers: ChildProcess[]): Promise<string> {
  const server = fork(path.join(import.meta.dirname, 'load-server.ts'));
  servers.push(server);
  const [port] = (await once(server, 'message', { signal: AbortSignal.timeout(20_000) })) as [number];
  return `http://127.0.0.1:${port}/`;
}

async function comparison(previous: string, current: string): Promise<string> {
  const to = (url: string) => (): Connection =>
    openConnection({
      url: new URL(url),
      method: 'GET',
      headers: {},
      body: undefined,
      expect: { statuses: [200], contains: undefined },
      timeoutMs: 10_000,
    });
  const sides = await interleave({
    load: { kind: 'closed', requests: 1000, concurrency },
    warmUpMs: 500,
    connectCurrent: to(current),
    connectPrevious: to(previous),
    now: () => performance.now(),
    sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
    signal: AbortSignal.timeout(300_000),
  });
  return compare(sides.current, sides.previous).result;
}
