import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import type { MetricSink } from '../cloudwatch/sink.ts';
import type { Service } from '../wire/service.ts';
import { eventOperations } from './events.ts';
import { groupOperations } from './groups.ts';
import { invalidParameter } from './requests.ts';
import { LogStore } from './store.ts';

export interface CloudWatchLogs extends Service {
  readonly store: LogStore;
}

/**
 * CloudWatch Logs: groups, streams and their events.
 *
 * @param metrics takes the metrics of events in the embedded metric format
 */
export function createLogs(now: () => number, metrics?: MetricSink): CloudWatchLogs {
  const store = new LogStore(now, metrics);
  return {
    id: 'logs',
    protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'Logs_20140328' },
    schemas: {
      CreateLogGroup: sdk.CreateLogGroup$,
      CreateLogStream: sdk.CreateLogStream$,
      DeleteLogGroup: sdk.DeleteLogGroup$,
      DeleteLogStream: sdk.DeleteLogStream$,
      DeleteRetentionPolicy: sdk.DeleteRetentionPolicy$,
      DescribeLogGroups: sdk.DescribeLogGroups$,
      DescribeLogStreams: sdk.DescribeLogStreams$,
      FilterLogEvents: sdk.FilterLogEvents$,
      GetLogEvents: sdk.GetLogEvents$,
      ListTagsForResource: sdk.ListTagsForResource$,
      PutLogEvents: sdk.PutLogEvents$,
      PutRetentionPolicy: sdk.PutRetentionPolicy$,
      TagResource: sdk.TagResource$,
      UntagResource: sdk.UntagResource$,
    },
    missingMember: (path) =>
      invalidParameter(
        `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
      ),
    operations: { ...groupOperations(store), ...eventOperations(store, now) },
    store,
  };
}
