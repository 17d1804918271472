import { noMetrics, type MetricSink } from '../cloudwatch/sink.ts';
import type { LogSink } from '../ecs/world.ts';
import { ServiceError } from '../wire/service.ts';
import { embeddedMetrics } from './embedded-metrics.ts';

export interface LogEvent {
  /** Counts within the stream, from 0, and stays when older events are dropped: tokens are made of it. */
  readonly sequence: number;
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
}

export interface Stream {
  readonly createdAt: number;
  nextSequence: number;
  events: LogEvent[];
}

export interface Group {
  readonly name: string;
  readonly createdAt: number;
  retentionInDays?: number;
  tags: Record<string, string>;
  readonly streams: Map<string, Stream>;
}

interface SavedGroup extends Omit<Group, 'streams'> {
  readonly streams: readonly (readonly [string, Stream])[];
}

/** The newest events that a stream keeps: a laptop's memory is not CloudWatch's. */
const keptPerStream = 5_000;
/** … and that outlive a restart. */
const savedPerStream = 200;
const savedStreamsPerGroup = 50;

/** Log groups and their streams, in memory, and the sink of the tasks' output. */
export class LogStore implements LogSink {
  readonly #now: () => number;
  readonly #metrics: MetricSink;
  readonly #groups = new Map<string, Group>();

  constructor(now: () => number, metrics: MetricSink = noMetrics) {
    this.#now = now;
    this.#metrics = metrics;
  }

  groups(): readonly Group[] {
    return [...this.#groups.values()];
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  createGroup(name: string, tags: Record<string, string> = {}): void {
    if (this.#groups.has(name)) return;
    this.#groups.set(name, { name, createdAt: this.#now(), tags, streams: new Map() });
  }

  removeGroup(name: string): void {
    this.#groups.delete(name);
  }

  createStream(group: string, stream: string): void {
    this.#groups.get(group)?.streams.set(stream, { createdAt: this.#now(), nextSequence: 0, events: [] });
  }

  write(group: string, stream: string, event: { timestamp: number; message: string }): void {
    const target = this.#groups.get(group)?.streams.get(stream);
    if (target === undefined) return;
    target.events.push({ ...event, sequence: target.nextSequence, ingestionTime: this.#now() });
    target.nextSequence += 1;
    for (const datum of embeddedMetrics(event.message, event.timestamp)) this.#metrics(datum);
    // In batches, so that a busy stream does not move its whole array on every line.
    if (target.events.length > keptPerStream * 1.2) target.events = target.events.slice(-keptPerStream);
  }

  /** @throws ResourceNotFoundException */
  group(name: string): Group {
    const group = this.#groups.get(name);
    if (group !== undefined) return group;
    throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
  }

  /** @throws ResourceNotFoundException */
  stream(group: string, name: string): Stream {
    const stream = this.group(group).streams.get(name);
    if (stream !== undefined) return stream;
    throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
  }

  save(): readonly SavedGroup[] {
    return this.groups().map((group) => ({
      ...group,
      streams: [...group.streams]
        .slice(-savedStreamsPerGroup)
        .map(
          ([name, stream]) => [name, { ...stream, events: stream.events.slice(-savedPerStream) }] as const,
        ),
    }));
  }

  load(groups: readonly SavedGroup[]): void {
    this.#groups.clear();
    for (const saved of groups) this.#groups.set(saved.name, { ...saved, streams: new Map(saved.streams) });
  }
}
