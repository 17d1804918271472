import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';

/** An alarm of `deploy.alarms`. sluice.yml has its name alone; what it watches is made up here, from the name. */
export interface WantedAlarm {
  readonly name: string;
  /** The ARN of the load balancer whose traffic it watches. */
  readonly loadBalancer: string;
  /** The latency that is too much, in milliseconds. */
  readonly tooSlowMs: number;
}

/** So many answers with 5xx in a minute are too many. */
const tooManyErrors = 10;

/** Makes an alarm, or brings it to what is wanted: one on latency where its name says so, on 5xx otherwise. */
export async function provisionAlarm(
  cloudWatch: CloudWatchClient,
  { name, loadBalancer, tooSlowMs }: WantedAlarm,
): Promise<void> {
  const watches = /latency|slow|duration|p\d\d/i.test(name)
    ? {
        MetricName: 'TargetResponseTime',
        ExtendedStatistic: 'p95',
        Threshold: tooSlowMs / 1000,
        // One slow minute is no outage; with the time scaled it is a moment in which the machine did something else.
        EvaluationPeriods: 5,
        DatapointsToAlarm: 3,
      }
    : {
        MetricName: 'HTTPCode_Target_5XX_Count',
        Statistic: 'Sum' as const,
        Threshold: tooManyErrors,
        EvaluationPeriods: 1,
      };
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: name,
      Namespace: 'AWS/ApplicationELB',
      Dimensions: [{ Name: 'LoadBalancer', Value: loadBalancer.split(':loadbalancer/').at(-1) ?? '' }],
      Period: 60,
      ComparisonOperator: 'GreaterThanThreshold',
      // Without traffic there is nothing to be alarmed about.
      TreatMissingData: 'notBreaching',
      ...watches,
    }),
  );
}
