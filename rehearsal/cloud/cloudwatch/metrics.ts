import { Distribution } from './distribution.ts';
import type { MetricFaults } from './faults.ts';
import type { MetricDatum } from './sink.ts';
import type { Statistic } from './statistics.ts';

export const minuteMs = 60_000;
const keptMs = 180 * minuteMs;

export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Datapoint {
  /** When its period begins, in milliseconds since the epoch. */
  readonly at: number;
  readonly value: number;
}

/** A time with its beginning and without its end, cut into periods. All in milliseconds. */
export interface Periods {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

interface Series extends MetricId {
  readonly minutes: Map<number, Distribution>;
  /** Of high-resolution metrics alone. */
  readonly seconds: Map<number, Distribution>;
  unit: string;
}

/** The values of all metrics: every minute of the last three hours, and every second of high-resolution metrics. */
export class Metrics {
  readonly faults: MetricFaults = { delayMs: 5_000, stopped: false };
  readonly #series = new Map<string, Series>();
  readonly #keys = new WeakMap<Readonly<Record<string, string>>, string>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(datum: MetricDatum): void {
    this.#slots(datum)?.forEach((slot) => slot.add(datum.value, datum.count));
  }

  addSet(
    datum: Omit<MetricDatum, 'value' | 'count'>,
    set: { readonly count: number; readonly sum: number; minimum: number; maximum: number },
  ): void {
    this.#slots(datum)?.forEach((slot) => slot.addSet(set));
  }

  /** Those that have a value of the last three hours. */
  list(): readonly MetricId[] {
    return [...this.#series.values()];
  }

  unitOf(id: MetricId): string | undefined {
    return this.#series.get(this.#key(id))?.unit;
  }

  /** A datapoint for each period that has values, the oldest first. A period without any has none. */
  datapoints(id: MetricId, statistic: Statistic, { from, to, length }: Periods): readonly Datapoint[] {
    const series = this.#series.get(this.#key(id));
    if (series === undefined) return [];
    const [slots, slotMs] = length < minuteMs ? [series.seconds, 1000] : [series.minutes, minuteMs];
    const until = Math.min(to, this.#visibleUntil(id.namespace));
    const periods = new Map<number, Distribution>();
    for (const [at, values] of slots) {
      if (at < from || at >= until) continue;
      const begin = from + Math.floor((at - from) / length) * length;
      if (length === slotMs) {
        periods.set(begin, values);
        continue;
      }
      const merged = periods.get(begin) ?? new Distribution();
      merged.addAll(values);
      periods.set(begin, merged);
    }
    return [...periods]
      .sort(([a], [b]) => a - b)
      .flatMap(([at, values]) => {
        const value = statistic(values);
        return value === undefined ? [] : [{ at, value }];
      });
  }

  /** Drops what is too old, and metrics that have nothing left. */
  prune(): void {
    const oldest = this.#now() - keptMs;
    for (const [key, { minutes, seconds }] of this.#series) {
      for (const slots of [minutes, seconds]) {
        for (const at of slots.keys()) if (at < oldest) slots.delete(at);
      }
      if (minutes.size === 0) this.#series.delete(key);
    }
  }

  #slots(datum: Omit<MetricDatum, 'value'>): Distribution[] | undefined {
    if (this.faults.stopped) return undefined;
    const key = this.#key(datum);
    let series = this.#series.get(key);
    if (series === undefined) {
      const { namespace, name, dimensions, unit = 'None' } = datum;
      series = { namespace, name, dimensions, unit, minutes: new Map(), seconds: new Map() };
      this.#series.set(key, series);
    }
    const minute = slotOf(series.minutes, datum.at, minuteMs);
    return datum.storageResolution === 1 ? [minute, slotOf(series.seconds, datum.at, 1000)] : [minute];
  }

  /** AWS's own services send a minute's values after it is over; what users send is there at once. */
  #visibleUntil(namespace: string): number {
    if (!namespace.startsWith('AWS/')) return Number.POSITIVE_INFINITY;
    return Math.floor((this.#now() - this.faults.delayMs) / minuteMs) * minuteMs;
  }

  #key({ namespace, name, dimensions }: MetricId): string {
    let key = this.#keys.get(dimensions);
    if (key === undefined) {
      key = JSON.stringify(Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)));
      this.#keys.set(dimensions, key);
    }
    return `${namespace}\n${name}\n${key}`;
  }
}

function slotOf(slots: Map<number, Distribution>, at: number, lengthMs: number): Distribution {
  const begin = Math.floor(at / lengthMs) * lengthMs;
  let slot = slots.get(begin);
  if (slot === undefined) {
    slot = new Distribution();
    slots.set(begin, slot);
  }
  return slot;
}
