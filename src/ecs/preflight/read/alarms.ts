import type { Aws } from '../../../aws/index.ts';
import type { Alarm } from '../facts.ts';

/** Of metrics and of other alarms: CloudWatch leaves the latter out unless it is asked for them. */
export async function readAlarms(aws: Aws, names: readonly string[]): Promise<readonly Alarm[]> {
  if (names.length === 0) return [];
  const { DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const { MetricAlarms: metric = [], CompositeAlarms: composite = [] } = await (
    await aws.cloudWatch()
  ).send(
    new DescribeAlarmsCommand({
      AlarmNames: [...names],
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      MaxRecords: 100,
    }),
  );
  return [
    ...metric.map(({ AlarmName, StateValue }) => alarm(AlarmName, 'MetricAlarm', StateValue)),
    ...composite.map(({ AlarmName, StateValue }) => alarm(AlarmName, 'CompositeAlarm', StateValue)),
  ];
}

function alarm(name = '', type: Alarm['type'], state: Alarm['state'] = 'INSUFFICIENT_DATA'): Alarm {
  return { name, type, state };
}
