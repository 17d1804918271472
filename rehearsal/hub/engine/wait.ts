import { setTimeout as sleep } from 'node:timers/promises';

/** Waits that long, or until the signal is aborted; then it rejects. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** The longest that a timer of Node's counts. */
const longestTimerMs = 2 ** 31 - 1;

export const realWait: Wait = async (ms, signal) => {
  for (let left = ms; left > 0; left -= longestTimerMs) {
    await sleep(Math.min(left, longestTimerMs), undefined, { signal });
  }
};
