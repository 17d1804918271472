import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** How well the client itself kept up. */
export interface Pace {
  /** The share of the time in which its one thread was at work: 0 to 1. */
  readonly busy: number;
  /** How long 99 in 100 answers at most lay there before the client looked at them, in milliseconds. */
  readonly loopDelayP99Ms: number;
}

const resolutionMs = 5;

/** Watches this process, from now until the function that it returns is called. */
export function watchPace(): () => Pace {
  const before = performance.eventLoopUtilization();
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  return () => {
    delay.disable();
    const { utilization } = performance.eventLoopUtilization(before);
    // Node records the time between two timers, in nanoseconds: what is above the timer's own time is delay.
    const p99 = delay.count === 0 ? 0 : delay.percentile(99) / 1e6 - resolutionMs;
    return { busy: utilization, loopDelayP99Ms: Math.max(0, p99) };
  };
}
