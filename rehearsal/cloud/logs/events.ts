import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { pageOf } from '../wire/page.ts';
import { filterPattern } from './filter-pattern.ts';
import { groupNameOf, invalidParameter, invalidToken, limitOf } from './requests.ts';
import type { LogEvent, LogStore } from './store.ts';

const hourMs = 3_600_000;
/** Source: CloudWatch Logs API reference, "PutLogEvents". */
const batchLimit = { events: 10_000, bytes: 1_048_576, bytesPerEvent: 26 };
const tooNewMs = 2 * hourMs;
const tooOldMs = 14 * 24 * hourMs;
const pageLimit = 10_000;

/** Events: written, read in order, searched. */
export function eventOperations(store: LogStore, now: () => number) {
  return {
    PutLogEvents: (input: sdk.PutLogEventsRequest): sdk.PutLogEventsResponse => {
      const { logGroupName = '', logStreamName = '' } = input;
      store.stream(logGroupName, logStreamName);
      const events = (input.logEvents ?? []).map(({ timestamp = 0, message = '' }) => ({
        timestamp,
        message,
      }));
      checkBatch(events);
      const isTooOld = ({ timestamp }: { timestamp: number }): boolean => timestamp < now() - tooOldMs;
      const isTooNew = ({ timestamp }: { timestamp: number }): boolean => timestamp > now() + tooNewMs;
      const accepted = events.filter((event) => !isTooOld(event) && !isTooNew(event));
      for (const event of accepted) store.write(logGroupName, logStreamName, event);
      const tooOld = events.findLastIndex(isTooOld);
      const tooNew = events.findIndex(isTooNew);
      return {
        nextSequenceToken: String(now()),
        ...(tooOld === -1 && tooNew === -1
          ? {}
          : {
              rejectedLogEventsInfo: {
                ...(tooOld === -1 ? {} : { tooOldLogEventEndIndex: tooOld + 1 }),
                ...(tooNew === -1 ? {} : { tooNewLogEventStartIndex: tooNew }),
              },
            }),
      };
    },

    GetLogEvents: (input: sdk.GetLogEventsRequest): sdk.GetLogEventsResponse => {
      const { events, nextSequence } = store.stream(groupNameOf(input), input.logStreamName ?? '');
      const inTime = events.filter(within(input.startTime, input.endTime));
      const limit = limitOf(input.limit, pageLimit);
      const page = windowOf(inTime, limit, input.startFromHead === true, input.nextToken);
      const position = positionOf(input.nextToken);
      return {
        events: page.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
        // At an end of the stream, the token that came is the token that goes.
        nextForwardToken: `f/${page.at(-1) === undefined ? (position ?? nextSequence) : last(page) + 1}`,
        nextBackwardToken: `b/${page[0]?.sequence ?? position ?? nextSequence}`,
      };
    },

    FilterLogEvents: (input: sdk.FilterLogEventsRequest): sdk.FilterLogEventsResponse => {
      const group = store.group(groupNameOf(input));
      const { logStreamNames: names, logStreamNamePrefix: prefix = '' } = input;
      if (names !== undefined && prefix !== '') {
        throw invalidParameter('logStreamNames and logStreamNamePrefix cannot both be specified.');
      }
      const matches = filterPattern(input.filterPattern ?? '');
      const found = [...group.streams]
        .filter(([name]) => names?.includes(name) ?? name.startsWith(prefix))
        .flatMap(([logStreamName, { events }]) =>
          events
            .filter(within(input.startTime, input.endTime))
            .filter(({ message }) => matches(message))
            .map(({ sequence, ...event }) => ({
              ...event,
              logStreamName,
              eventId: `${logStreamName}/${sequence}`,
            })),
        )
        .sort((a, b) => a.timestamp - b.timestamp);
      const { items, token } = pageOf(found, limitOf(input.limit, pageLimit), input.nextToken, invalidToken);
      return { ...token, events: [...items], searchedLogStreams: [] };
    },
  };
}

function checkBatch(events: readonly { timestamp: number; message: string }[]): void {
  if (events.length === 0 || events.length > batchLimit.events) {
    throw invalidParameter(
      `1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and ${batchLimit.events}`,
    );
  }
  const bytes = events.reduce(
    (sum, { message }) => sum + Buffer.byteLength(message) + batchLimit.bytesPerEvent,
    0,
  );
  if (bytes > batchLimit.bytes) {
    throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${batchLimit.bytes}`);
  }
  if (events.some(({ timestamp }, index) => timestamp < (events[index - 1]?.timestamp ?? 0))) {
    throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
  }
}

function within(start = 0, end = Number.POSITIVE_INFINITY): (event: LogEvent) => boolean {
  return ({ timestamp }) => timestamp >= start && timestamp < end;
}

/** From the head, from the tail, or on from a token in its direction. */
function windowOf(
  events: readonly LogEvent[],
  limit: number,
  fromHead: boolean,
  token: string | undefined,
): LogEvent[] {
  if (token === undefined) return fromHead ? events.slice(0, limit) : events.slice(-limit);
  const position = positionOf(token) ?? 0;
  return token.startsWith('f/')
    ? events.filter(({ sequence }) => sequence >= position).slice(0, limit)
    : events.filter(({ sequence }) => sequence < position).slice(-limit);
}

function positionOf(token: string | undefined): number | undefined {
  if (token === undefined) return undefined;
  const match = /^[fb]\/(\d+)$/.exec(token);
  if (match === null) throw invalidToken();
  return Number(match[1]);
}

function last(events: readonly LogEvent[]): number {
  return events.at(-1)?.sequence ?? 0;
}
