import {
  CreateLogGroup$,
  CreateLogStream$,
  DeleteLogGroup$,
  DescribeLogGroups$,
  DescribeLogStreams$,
  FilterLogEvents$,
  GetLogEvents$,
  PutLogEvents$,
  PutRetentionPolicy$,
  type CreateLogGroupRequest,
  type CreateLogStreamRequest,
  type DeleteLogGroupRequest,
  type DescribeLogGroupsRequest,
  type DescribeLogGroupsResponse,
  type DescribeLogStreamsRequest,
  type DescribeLogStreamsResponse,
  type FilterLogEventsRequest,
  type FilterLogEventsResponse,
  type GetLogEventsRequest,
  type GetLogEventsResponse,
  type PutLogEventsRequest,
  type PutLogEventsResponse,
  type PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import type { LogSink } from '../ecs/world.ts';
import { ServiceError, type Call, type Service } from '../wire/service.ts';

interface Event {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
}

interface Stream {
  readonly createdAt: number;
  readonly events: Event[];
}

interface Group {
  readonly createdAt: number;
  retentionInDays?: number;
  readonly streams: Map<string, Stream>;
}

/** The newest lines that a stream keeps: a laptop's memory is not CloudWatch's. */
const keptPerStream = 10_000;

/** CloudWatch Logs: groups and streams in memory, and the sink of the tasks' output. */
export class Logs implements LogSink {
  readonly #groups = new Map<string, Group>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  createGroup(group: string): void {
    if (!this.#groups.has(group)) this.#groups.set(group, { createdAt: this.#now(), streams: new Map() });
  }

  createStream(group: string, stream: string): void {
    this.#groups.get(group)?.streams.set(stream, { createdAt: this.#now(), events: [] });
  }

  write(group: string, stream: string, event: { timestamp: number; message: string }): void {
    const target = this.#groups.get(group)?.streams.get(stream);
    if (target === undefined) return;
    target.events.push({ ...event, ingestionTime: this.#now() });
    if (target.events.length > keptPerStream) target.events.splice(0, target.events.length - keptPerStream);
  }

  /** The groups, with their retention, for the snapshot. Lines are not kept over a restart. */
  save(): { name: string; retentionInDays?: number | undefined }[] {
    return [...this.#groups].map(([name, { retentionInDays }]) => ({ name, retentionInDays }));
  }

  load(groups: readonly { name: string; retentionInDays?: number | undefined }[]): void {
    for (const { name, retentionInDays } of groups) {
      this.createGroup(name);
      const group = this.#groups.get(name);
      if (group !== undefined && retentionInDays !== undefined) group.retentionInDays = retentionInDays;
    }
  }

  service(): Service {
    return {
      id: 'logs',
      protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'Logs_20140328' },
      schemas: {
        CreateLogGroup: CreateLogGroup$,
        CreateLogStream: CreateLogStream$,
        DeleteLogGroup: DeleteLogGroup$,
        DescribeLogGroups: DescribeLogGroups$,
        DescribeLogStreams: DescribeLogStreams$,
        FilterLogEvents: FilterLogEvents$,
        GetLogEvents: GetLogEvents$,
        PutLogEvents: PutLogEvents$,
        PutRetentionPolicy: PutRetentionPolicy$,
      },
      missingMember: (path) =>
        invalid(
          `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
        ),
      operations: {
        CreateLogGroup: ({ logGroupName = '' }: CreateLogGroupRequest) => {
          if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(logGroupName))
            throw invalid(`Invalid log group name: ${logGroupName}`);
          if (this.#groups.has(logGroupName))
            throw new ServiceError(
              'ResourceAlreadyExistsException',
              'The specified log group already exists',
            );
          this.createGroup(logGroupName);
          return {};
        },
        DeleteLogGroup: ({ logGroupName = '' }: DeleteLogGroupRequest) => {
          this.#group(logGroupName);
          this.#groups.delete(logGroupName);
          return {};
        },
        CreateLogStream: ({ logGroupName = '', logStreamName = '' }: CreateLogStreamRequest) => {
          if (this.#group(logGroupName).streams.has(logStreamName)) {
            throw new ServiceError(
              'ResourceAlreadyExistsException',
              'The specified log stream already exists',
            );
          }
          this.createStream(logGroupName, logStreamName);
          return {};
        },
        PutRetentionPolicy: ({ logGroupName = '', retentionInDays = 0 }: PutRetentionPolicyRequest) => {
          this.#group(logGroupName).retentionInDays = retentionInDays;
          return {};
        },
        DescribeLogGroups: (
          { logGroupNamePrefix = '', logGroupNamePattern, limit = 50, nextToken }: DescribeLogGroupsRequest,
          call: Call,
        ): DescribeLogGroupsResponse => {
          const names = [...this.#groups.keys()]
            .filter((name) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern ?? ''))
            .sort();
          const page = paginate(names, limit, nextToken);
          return {
            ...page.token,
            logGroups: page.items.map((name) => {
              const group = this.#group(name);
              const arn = `arn:aws:logs:${call.region}:${call.accountId}:log-group:${name}`;
              return {
                logGroupName: name,
                creationTime: group.createdAt,
                ...(group.retentionInDays === undefined ? {} : { retentionInDays: group.retentionInDays }),
                arn: `${arn}:*`,
                logGroupArn: arn,
                metricFilterCount: 0,
                storedBytes: 0,
              };
            }),
          };
        },
        DescribeLogStreams: (input: DescribeLogStreamsRequest, call: Call): DescribeLogStreamsResponse => {
          const name = groupName(input);
          const streams = [...this.#group(name).streams]
            .filter(([stream]) => stream.startsWith(input.logStreamNamePrefix ?? ''))
            .sort(([a, first], [b, second]) =>
              input.orderBy === 'LastEventTime' ? lastEvent(first) - lastEvent(second) : a.localeCompare(b),
            );
          if (input.descending === true) streams.reverse();
          const page = paginate(streams, input.limit ?? 50, input.nextToken);
          return {
            ...page.token,
            logStreams: page.items.map(([stream, { createdAt, events }]) => ({
              logStreamName: stream,
              creationTime: createdAt,
              firstEventTimestamp: events[0]?.timestamp,
              lastEventTimestamp: events.at(-1)?.timestamp,
              lastIngestionTime: events.at(-1)?.ingestionTime,
              arn: `arn:aws:logs:${call.region}:${call.accountId}:log-group:${name}:log-stream:${stream}`,
            })),
          };
        },
        PutLogEvents: (input: PutLogEventsRequest): PutLogEventsResponse => {
          const { logGroupName = '', logStreamName = '', logEvents = [] } = input;
          this.#stream(logGroupName, logStreamName);
          for (const { timestamp = this.#now(), message = '' } of logEvents) {
            this.write(logGroupName, logStreamName, { timestamp, message });
          }
          return { nextSequenceToken: String(this.#now()) };
        },
        GetLogEvents: (input: GetLogEventsRequest): GetLogEventsResponse => {
          const stream = this.#stream(groupName(input), input.logStreamName ?? '');
          const events = stream.events.filter(inRange(input.startTime, input.endTime));
          const limit = Math.min(input.limit ?? 10_000, 10_000);
          const { from, to } = window(events.length, limit, input.startFromHead === true, input.nextToken);
          return {
            events: events.slice(from, to),
            nextForwardToken: `f/${to}`,
            nextBackwardToken: `b/${from}`,
          };
        },
        FilterLogEvents: (input: FilterLogEventsRequest): FilterLogEventsResponse => {
          const group = this.#group(groupName(input));
          const names = input.logStreamNames;
          const pattern = (input.filterPattern ?? '').replaceAll('"', '');
          const found = [...group.streams]
            .filter(([name]) => names?.includes(name) ?? name.startsWith(input.logStreamNamePrefix ?? ''))
            .flatMap(([logStreamName, { events }]) =>
              events
                .filter(inRange(input.startTime, input.endTime))
                .filter(({ message }) => message.includes(pattern))
                .map((event, index) => ({ ...event, logStreamName, eventId: `${logStreamName}/${index}` })),
            )
            .sort((a, b) => a.timestamp - b.timestamp);
          const page = paginate(found, input.limit ?? 10_000, input.nextToken);
          return { ...page.token, events: page.items };
        },
      },
    };
  }

  #group(name: string): Group {
    const group = this.#groups.get(name);
    if (group === undefined)
      throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
    return group;
  }

  #stream(group: string, name: string): Stream {
    const stream = this.#group(group).streams.get(name);
    if (stream === undefined)
      throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
    return stream;
  }
}

function groupName(input: {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
}): string {
  return (
    input.logGroupName ?? input.logGroupIdentifier?.replace(/^.*:log-group:/, '').replace(/:\*$/, '') ?? ''
  );
}

function lastEvent(stream: Stream): number {
  return stream.events.at(-1)?.timestamp ?? stream.createdAt;
}

function inRange(start = 0, end = Number.POSITIVE_INFINITY): (event: Event) => boolean {
  return ({ timestamp }) => timestamp >= start && timestamp < end;
}

/** The part of a stream that a `GetLogEvents` reads: from the head, from the tail, or on from a token. */
function window(
  length: number,
  limit: number,
  fromHead: boolean,
  token: string | undefined,
): { from: number; to: number } {
  const match = /^([fb])\/(\d+)$/.exec(token ?? '');
  if (token !== undefined && match === null) throw invalid('The specified nextToken is invalid.');
  const at = Number(match?.[2] ?? 0);
  if (match?.[1] === 'f') return { from: Math.min(at, length), to: Math.min(length, at + limit) };
  if (match?.[1] === 'b') return { from: Math.max(0, at - limit), to: Math.min(at, length) };
  return fromHead
    ? { from: 0, to: Math.min(length, limit) }
    : { from: Math.max(0, length - limit), to: length };
}

function paginate<T>(items: readonly T[], limit: number, token: string | undefined) {
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(from) || from < 0) throw invalid('The specified nextToken is invalid.');
  const to = from + limit;
  return { items: items.slice(from, to), token: to < items.length ? { nextToken: String(to) } : {} };
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}
