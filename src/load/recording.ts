import { build, type Histogram } from 'hdr-histogram-js';
import { describeTrouble, mayBeOurs, type Exchange } from './answer.ts';

/** Latencies in milliseconds, within 0.1 %. */
export interface Latency {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  /** `undefined` below 1,000 requests: the ten slowest would say little, and fewer nothing. */
  readonly p99: number | undefined;
  /** `undefined` below 10,000 requests. */
  readonly p999: number | undefined;
  readonly max: number;
}

/** What was seen in one second: requests by when they ended. */
export interface Second {
  /** Seconds from the beginning. */
  readonly at: number;
  readonly requests: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** How late requests were handed to a connection, by the client's own fault, in milliseconds. */
export interface SendLag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What a run measured. */
export interface Measured {
  /** Those that were sent and came to an end, good or bad. */
  readonly requests: number;
  readonly failed: number;
  /** Of these, the ones that no slowness of the client explains. */
  readonly theirs: number;
  /** How often each trouble was met. */
  readonly troubles: Readonly<Record<string, number>>;
  /** Requests that were due and were not sent, because all connections were busy for too long. */
  readonly dropped: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Right answers a second. */
  readonly throughput: number;
  readonly latency: Latency;
  /** `undefined` in a closed model, where nothing is due. */
  readonly sendLag: SendLag | undefined;
  readonly seconds: readonly Second[];
  /** In microseconds. */
  readonly histogram: Histogram;
}

/** From a microsecond to an hour, with three digits: about 100 kB. */
const longestUs = 3_600_000_000;

function createHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: longestUs,
    numberOfSignificantValueDigits: 3,
  });
}

const toUs = (ms: number): number => Math.min(longestUs, Math.max(1, Math.round(ms * 1000)));

/** Counts what happens while it happens; nothing grows with the number of requests. */
export class Recording {
  readonly #begunMs: number;
  readonly #latency = createHistogram();
  readonly #lag = createHistogram();
  readonly #second = createHistogram();
  readonly #seconds: Second[] = [];
  readonly #troubles = new Map<string, number>();
  #at = 0;
  #failedThisSecond = 0;
  #failed = 0;
  #theirs = 0;
  #dropped = 0;
  #bytes = 0;
  #lastMs: number;

  /** @param begunMs when the run begins, on the clock that all later times are of */
  constructor(begunMs: number) {
    this.#begunMs = begunMs;
    this.#lastMs = begunMs;
  }

  get ended(): number {
    return this.#latency.totalCount;
  }

  /**
   * An exchange that ended, good or bad: a failure that took long was waited for as well.
   *
   * @param sinceMs when it was sent, or in an open model when it was due
   */
  exchange(sinceMs: number, endedMs: number, { trouble, bytes }: Exchange): void {
    const second = Math.floor((endedMs - this.#begunMs) / 1000);
    if (second > this.#at) this.#turn(second);
    const us = toUs(endedMs - sinceMs);
    this.#latency.recordValue(us);
    this.#second.recordValue(us);
    this.#bytes += bytes;
    this.#lastMs = endedMs;
    if (trouble === undefined) return;
    this.#failed += 1;
    this.#failedThisSecond += 1;
    if (!mayBeOurs(trouble)) this.#theirs += 1;
    const name = describeTrouble(trouble);
    this.#troubles.set(name, (this.#troubles.get(name) ?? 0) + 1);
  }

  sendLag(ms: number): void {
    this.#lag.recordValue(toUs(ms));
  }

  drop(): void {
    this.#dropped += 1;
  }

  /** @param leastMs how long the run lasted at least: in an open model it lasts even where nothing is answered */
  measured(leastMs = 0): Measured {
    this.#turn(this.#at + 1);
    const requests = this.ended;
    const elapsedMs = Math.max(leastMs, this.#lastMs - this.#begunMs);
    const lag = this.#lag;
    return {
      requests,
      failed: this.#failed,
      theirs: this.#theirs,
      troubles: Object.fromEntries([...this.#troubles].sort(([, a], [, b]) => b - a)),
      dropped: this.#dropped,
      bytes: this.#bytes,
      elapsedMs,
      throughput: elapsedMs === 0 ? 0 : ((requests - this.#failed) * 1000) / elapsedMs,
      latency: latencyOf(this.#latency),
      sendLag:
        lag.totalCount === 0
          ? undefined
          : { p50: percentileMs(lag, 50), p99: percentileMs(lag, 99), max: lag.maxValue / 1000 },
      seconds: this.#seconds,
      histogram: this.#latency,
    };
  }

  #turn(next: number): void {
    const histogram = this.#second;
    if (histogram.totalCount > 0) {
      this.#seconds.push({
        at: this.#at,
        requests: histogram.totalCount,
        failed: this.#failedThisSecond,
        p50: percentileMs(histogram, 50),
        p95: percentileMs(histogram, 95),
        max: histogram.maxValue / 1000,
      });
      histogram.reset();
      this.#failedThisSecond = 0;
    }
    this.#at = next;
  }
}

const fewestFor = { p99: 1000, p999: 10_000 } as const;

function latencyOf(histogram: Histogram): Latency {
  const at = (percentile: number): number => percentileMs(histogram, percentile);
  const { totalCount } = histogram;
  return {
    min: totalCount === 0 ? 0 : at(0),
    mean: totalCount === 0 ? 0 : histogram.mean / 1000,
    p50: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    p99: totalCount < fewestFor.p99 ? undefined : at(99),
    p999: totalCount < fewestFor.p999 ? undefined : at(99.9),
    max: histogram.maxValue / 1000,
  };
}

/** A histogram's bucket is named by its upper end; no value was above the largest. */
function percentileMs(histogram: Histogram, percentile: number): number {
  return Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue) / 1000;
}
