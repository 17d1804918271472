import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { pageOf } from '../wire/page.ts';
import { ServiceError, type Call } from '../wire/service.ts';
import { groupNameOf, invalidParameter, invalidToken, limitOf, nameInArn } from './requests.ts';
import type { Group, LogStore, Stream } from './store.ts';

/** Source: CloudWatch Logs API reference, "PutRetentionPolicy". */
const retentions: ReadonlySet<number> = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

/** Groups and streams: made, listed, tagged, deleted. */
export function groupOperations(store: LogStore) {
  return {
    CreateLogGroup: ({ logGroupName = '', tags = {} }: sdk.CreateLogGroupRequest): object => {
      if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(logGroupName)) {
        throw invalidParameter(
          `1 validation error detected: Value '${logGroupName}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
        );
      }
      if (store.hasGroup(logGroupName)) throw alreadyExists('group');
      store.createGroup(logGroupName, { ...tags });
      return {};
    },

    DeleteLogGroup: ({ logGroupName = '' }: sdk.DeleteLogGroupRequest): object => {
      store.group(logGroupName);
      store.removeGroup(logGroupName);
      return {};
    },

    DescribeLogGroups: (input: sdk.DescribeLogGroupsRequest, call: Call): sdk.DescribeLogGroupsResponse => {
      const { logGroupNamePrefix: prefix = '', logGroupNamePattern: pattern = '' } = input;
      const groups = store
        .groups()
        .filter(({ name }) => name.startsWith(prefix) && name.toLowerCase().includes(pattern.toLowerCase()))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { items, token } = pageOf(groups, limitOf(input.limit, 50), input.nextToken, invalidToken);
      return { ...token, logGroups: items.map((group) => describeGroup(group, call)) };
    },

    PutRetentionPolicy: ({
      logGroupName = '',
      retentionInDays = 0,
    }: sdk.PutRetentionPolicyRequest): object => {
      const group = store.group(logGroupName);
      if (!retentions.has(retentionInDays)) {
        throw invalidParameter(
          `The value ${retentionInDays} at 'retentionInDays' is not one of ${[...retentions].join(', ')}.`,
        );
      }
      group.retentionInDays = retentionInDays;
      return {};
    },

    DeleteRetentionPolicy: ({ logGroupName = '' }: sdk.DeleteRetentionPolicyRequest): object => {
      delete store.group(logGroupName).retentionInDays;
      return {};
    },

    CreateLogStream: ({ logGroupName = '', logStreamName = '' }: sdk.CreateLogStreamRequest): object => {
      if (!/^[^:*]{1,512}$/.test(logStreamName)) {
        throw invalidParameter(
          `1 validation error detected: Value '${logStreamName}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*`,
        );
      }
      if (store.group(logGroupName).streams.has(logStreamName)) throw alreadyExists('stream');
      store.createStream(logGroupName, logStreamName);
      return {};
    },

    DeleteLogStream: ({ logGroupName = '', logStreamName = '' }: sdk.DeleteLogStreamRequest): object => {
      store.stream(logGroupName, logStreamName);
      store.group(logGroupName).streams.delete(logStreamName);
      return {};
    },

    DescribeLogStreams: (
      input: sdk.DescribeLogStreamsRequest,
      call: Call,
    ): sdk.DescribeLogStreamsResponse => {
      const group = store.group(groupNameOf(input));
      const byTime = input.orderBy === 'LastEventTime';
      if (byTime && input.logStreamNamePrefix !== undefined) {
        throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
      }
      const streams = [...group.streams]
        .filter(([name]) => name.startsWith(input.logStreamNamePrefix ?? ''))
        .sort(([a, first], [b, second]) =>
          byTime ? lastEventAt(first) - lastEventAt(second) : a < b ? -1 : 1,
        );
      if (input.descending === true) streams.reverse();
      const { items, token } = pageOf(streams, limitOf(input.limit, 50), input.nextToken, invalidToken);
      return {
        ...token,
        logStreams: items.map(([name, { createdAt, events }]) => ({
          logStreamName: name,
          creationTime: createdAt,
          firstEventTimestamp: events[0]?.timestamp,
          lastEventTimestamp: events.at(-1)?.timestamp,
          lastIngestionTime: events.at(-1)?.ingestionTime,
          arn: `${arnOf(group, call)}:log-stream:${name}`,
          storedBytes: 0,
        })),
      };
    },

    TagResource: ({ resourceArn = '', tags = {} }: sdk.TagResourceRequest): object => {
      const group = store.group(nameInArn(resourceArn));
      group.tags = { ...group.tags, ...tags };
      return {};
    },

    UntagResource: ({ resourceArn = '', tagKeys = [] }: sdk.UntagResourceRequest): object => {
      const group = store.group(nameInArn(resourceArn));
      group.tags = Object.fromEntries(Object.entries(group.tags).filter(([key]) => !tagKeys.includes(key)));
      return {};
    },

    ListTagsForResource: (input: sdk.ListTagsForResourceRequest): sdk.ListTagsForResourceResponse => ({
      tags: store.group(nameInArn(input.resourceArn ?? '')).tags,
    }),
  };
}

function describeGroup(group: Group, call: Call): sdk.LogGroup {
  const arn = arnOf(group, call);
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    ...(group.retentionInDays === undefined ? {} : { retentionInDays: group.retentionInDays }),
    arn: `${arn}:*`,
    logGroupArn: arn,
    logGroupClass: 'STANDARD',
    metricFilterCount: 0,
    storedBytes: 0,
  };
}

function arnOf({ name }: Group, { region, accountId }: Call): string {
  return `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
}

function lastEventAt({ events, createdAt }: Stream): number {
  return events.at(-1)?.timestamp ?? createdAt;
}

function alreadyExists(what: 'group' | 'stream'): ServiceError {
  return new ServiceError('ResourceAlreadyExistsException', `The specified log ${what} already exists`);
}
