import type { MetricDataQuery, StateValue } from '@aws-sdk/client-cloudwatch';
import type { AlarmSource } from '../ecs/world.ts';
import { evaluate, evaluationRange, type Evaluation, type Rule } from './evaluate.ts';
import { minuteMs, type Datapoint, type Metrics } from './metrics.ts';
import { answer } from './queries.ts';

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly actionsEnabled: boolean;
  readonly actions: {
    readonly ok: readonly string[];
    readonly alarm: readonly string[];
    readonly insufficientData: readonly string[];
  };
  readonly rule: Rule;
  /** Whether `treatMissingData` and `datapointsToAlarm` were given: only then they are told again. */
  readonly told: { readonly treatMissingData: boolean; readonly datapointsToAlarm: boolean };
  /** One that returns its values; the others are for its expression. */
  readonly queries: readonly MetricDataQuery[];
  /** Whether it was put as one metric, and is told as that. */
  readonly ofOneMetric: boolean;
  readonly unit?: string;
  readonly periodMs: number;
  readonly configuredAt: number;
}

export interface AlarmState {
  readonly value: StateValue;
  readonly reason: string;
  /** As JSON. */
  readonly reasonData?: string;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
}

export interface HistoryItem {
  readonly at: number;
  readonly type: 'ConfigurationUpdate' | 'StateUpdate';
  readonly summary: string;
  /** As JSON. */
  readonly detail: string;
}

interface Kept {
  alarm: Alarm;
  state: AlarmState;
  tags: Record<string, string>;
  history: HistoryItem[];
}

export type SavedAlarms = readonly Kept[];

const keptHistory = 100;

/** The metric alarms: kept, evaluated, and told to whoever listens. */
export class Alarms implements AlarmSource {
  readonly #alarms = new Map<string, Kept>();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #metrics: Metrics;
  readonly #now: () => number;
  readonly #changed: () => void;

  constructor(metrics: Metrics, now: () => number, changed: () => void) {
    this.#metrics = metrics;
    this.#now = now;
    this.#changed = changed;
  }

  list(): readonly Readonly<Kept>[] {
    return [...this.#alarms.values()];
  }

  find(name: string): Readonly<Kept> | undefined {
    return this.#alarms.get(name);
  }

  /** @throws ServiceError where its queries cannot be run */
  check(alarm: Alarm): void {
    this.#evaluate(alarm, lastWhole(this.#now(), 0));
  }

  /** Adds it, or replaces it; one that is replaced keeps its state. */
  put(alarm: Alarm, tags?: Record<string, string>): void {
    const before = this.#alarms.get(alarm.name);
    const kept: Kept = {
      alarm,
      state: before?.state ?? {
        value: 'INSUFFICIENT_DATA',
        reason: 'Unchecked: Initial alarm creation',
        updatedAt: this.#now(),
      },
      tags: before?.tags ?? tags ?? {},
      history: before?.history ?? [],
    };
    this.#alarms.set(alarm.name, kept);
    const what = before === undefined ? 'created' : 'updated';
    this.#note(kept, 'ConfigurationUpdate', `Alarm "${alarm.name}" ${what}`, {
      version: '1.0',
      type: before === undefined ? 'Create' : 'Update',
    });
    this.#changed();
  }

  remove(name: string): void {
    if (!this.#alarms.delete(name)) return;
    this.#changed();
    this.#tell(name);
  }

  /** Until the next evaluation says otherwise. */
  setState(name: string, value: StateValue, reason: string, reasonData?: string): void {
    const kept = this.#alarms.get(name);
    if (kept === undefined) return;
    const before = kept.state;
    kept.state = {
      value,
      reason,
      updatedAt: this.#now(),
      ...(reasonData === undefined ? {} : { reasonData }),
    };
    if (before.value === value) return;
    this.#note(kept, 'StateUpdate', `Alarm updated from ${before.value} to ${value}`, {
      version: '1.0',
      oldState: { stateValue: before.value, stateReason: before.reason },
      newState: { stateValue: value, stateReason: reason },
    });
    this.#changed();
    this.#tell(name);
  }

  setActionsEnabled(name: string, actionsEnabled: boolean): void {
    const kept = this.#alarms.get(name);
    if (kept === undefined || kept.alarm.actionsEnabled === actionsEnabled) return;
    kept.alarm = { ...kept.alarm, actionsEnabled };
    this.#changed();
  }

  setTags(name: string, tags: Record<string, string>): void {
    const kept = this.#alarms.get(name);
    if (kept === undefined) return;
    kept.tags = tags;
    this.#changed();
  }

  /** The newest value within the periods that the alarm looks at. */
  latest(name: string): number | undefined {
    const kept = this.#alarms.get(name);
    if (kept === undefined) return undefined;
    return this.#range(kept.alarm, lastWhole(this.#now(), this.#metrics.faults.delayMs)).find(
      (point) => point !== undefined,
    )?.value;
  }

  /** Evaluates those on the periods that end at `until`, in milliseconds since the epoch. */
  evaluateAll(until: number, which: (alarm: Alarm) => boolean): void {
    for (const { alarm } of [...this.#alarms.values()].filter(({ alarm: each }) => which(each))) {
      const evaluation = this.#evaluate(alarm, until);
      const now = this.#alarms.get(alarm.name)?.state.value;
      if (evaluation === undefined || evaluation.state === now) continue;
      this.setState(alarm.name, evaluation.state, evaluation.reason, this.#reasonData(alarm, evaluation));
    }
  }

  states(names: readonly string[]): { name: string; state: StateValue }[] {
    return names.flatMap((name) => {
      const kept = this.#alarms.get(name);
      return kept === undefined ? [] : [{ name, state: kept.state.value }];
    });
  }

  onAlarmChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  save(): SavedAlarms {
    return [...this.#alarms.values()];
  }

  load(saved: SavedAlarms): void {
    this.#alarms.clear();
    for (const kept of saved) this.#alarms.set(kept.alarm.name, kept);
  }

  #evaluate(alarm: Alarm, until: number): Evaluation | undefined {
    return evaluate(alarm.rule, this.#range(alarm, until));
  }

  /** An entry a period, the newest first. */
  #range({ rule, queries, periodMs }: Alarm, until: number): (Datapoint | undefined)[] {
    const periods = evaluationRange(rule);
    const from = until - periods * periodMs;
    const [answered] = answer(queries, this.#metrics, from, until);
    const byPeriod = new Map(answered?.points.map((point) => [point.at, point]));
    return Array.from({ length: periods }, (_, index) => byPeriod.get(until - (index + 1) * periodMs));
  }

  #reasonData({ rule, queries, periodMs }: Alarm, { datapoints }: Evaluation): string {
    const oldest = datapoints.at(-1)?.at;
    return JSON.stringify({
      version: '1.0',
      queryDate: asQueryDate(this.#now()),
      ...(oldest === undefined ? {} : { startDate: asQueryDate(oldest) }),
      ...(queries.length === 1 ? { statistic: queries[0]?.MetricStat?.Stat } : {}),
      period: periodMs / 1000,
      recentDatapoints: datapoints.map(({ value }) => value).toReversed(),
      threshold: rule.threshold,
    });
  }

  #note(kept: Kept, type: HistoryItem['type'], summary: string, detail: object): void {
    kept.history.push({ at: this.#now(), type, summary, detail: JSON.stringify(detail) });
    if (kept.history.length > keptHistory) kept.history.shift();
  }

  #tell(name: string): void {
    for (const listener of [...this.#listeners]) listener(name);
  }
}

/** The end of the last step whose values are all there, `delayMs` after it. */
export function lastWhole(now: number, delayMs: number, stepMs = minuteMs): number {
  return Math.floor((now - delayMs) / stepMs) * stepMs;
}

function asQueryDate(at: number): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}
