/**
 * The cloud's clock. Schedules (reconcile ticks, health-check grace, bakes, hook timeouts) go through it, so that
 * `--time-scale 60` makes a minute of waiting take a second. Traffic and processes stay in real time: a task's
 * stop timeout and a probe's timeout use real milliseconds.
 */
export interface Clock {
  /** The present, as AWS would report it. Never runs backwards. */
  now(): Date;
  /** Resolves after `ms` of the cloud's time; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** How many of the cloud's milliseconds pass in one real one. */
  readonly scale: number;
}

/** A clock that runs `scale` times as fast as the machine's, starting at the machine's present. */
export function scaledClock(scale = 1): Clock {
  if (!(scale > 0)) throw new RangeError(`The time scale must be above 0, and is ${scale}.`);
  const startedAt = Date.now();
  const monotonicStart = performance.now();
  return {
    scale,
    now: () => new Date(startedAt + (performance.now() - monotonicStart) * scale),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const onAbort = (): void => {
          clearTimeout(timer);
          reject(signal?.reason as Error);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        }, ms / scale);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}

/** @returns whether the time has passed; `false` where the signal ended the wait */
export async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error: unknown) {
    if (signal.aborted) return false;
    throw error;
  }
}
