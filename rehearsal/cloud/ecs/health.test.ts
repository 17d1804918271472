import type { Clock } from '../clock.ts';
import { watchHealth } from './health.ts';

/** A clock that is moved by what sleeps on it, and ends the watch after a while. */
function watch(
  check: { interval?: number; retries?: number; startPeriod?: number },
  exitCodes: readonly number[],
): Promise<string[]> {
  const over = new AbortController();
  let nowMs = 0;
  const clock: Clock = {
    scale: 1,
    now: () => new Date(nowMs),
    sleep: (ms, signal) => {
      nowMs += ms;
      signal?.throwIfAborted();
      return Promise.resolve();
    },
  };
  const story: string[] = [];
  const answers = [...exitCodes];
  return watchHealth({
    check: { command: ['CMD', 'check'], ...check },
    clock,
    signal: over.signal,
    exec: () => {
      const exitCode = answers.shift();
      if (answers.length === 0) queueMicrotask(() => over.abort());
      return Promise.resolve(exitCode ?? 0);
    },
    verdict: (health) => story.push(`${nowMs / 1000} s: ${health}`),
  }).then(() => story);
}

describe('a container’s health', () => {
  it('is HEALTHY after the first success, asked for every second', async () => {
    expect(await watch({ interval: 10 }, [1, 1, 0, 0])).toEqual(['3 s: HEALTHY']);
  });

  it('is UNHEALTHY after that many failures in a row, one an interval', async () => {
    expect(await watch({ interval: 10, retries: 3 }, [0, 1, 1, 0, 1, 1, 1, 0, 0])).toEqual([
      '1 s: HEALTHY',
      '61 s: UNHEALTHY',
      '71 s: HEALTHY',
    ]);
  });

  it('cannot be UNHEALTHY before the first interval and the start period are over', async () => {
    const never = Array.from<number>({ length: 80 }).fill(1);
    expect(await watch({ interval: 10, retries: 2 }, never)).toEqual(['20 s: UNHEALTHY']);
    expect(await watch({ interval: 10, retries: 2, startPeriod: 30 }, never)).toEqual(['40 s: UNHEALTHY']);
  });
});
