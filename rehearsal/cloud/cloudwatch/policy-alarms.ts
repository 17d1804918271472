import type { StateValue } from '@aws-sdk/client-cloudwatch';
import type { Call } from '../wire/service.ts';
import { readAlarm } from './alarm-operations.ts';
import type { Alarms } from './alarms.ts';
import { asDimensions } from './requests.ts';

/** The alarms of scaling policies, to Application Auto Scaling: it makes them, and acts on them. */
export interface PolicyAlarms {
  put(alarm: PolicyAlarm, call: Call): { readonly name: string; readonly arn: string };
  remove(name: string): void;
  /** `undefined` where somebody has deleted it. */
  state(name: string): StateValue | undefined;
  /** The newest value of its metric, within the periods that it looks at. */
  latest(name: string): number | undefined;
  /** Calls back each minute, when all alarms have been evaluated. @returns how to stop that */
  onEvaluation(listener: () => void): () => void;
}

export interface WatchedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Average' | 'Sum' | 'Minimum' | 'Maximum' | 'SampleCount';
}

export interface PolicyAlarm {
  readonly name: string;
  readonly description: string;
  readonly metric: WatchedMetric;
  readonly comparison: 'GreaterThanThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  /** All of so many minutes have to be past the threshold. */
  readonly minutes: number;
}

export function policyAlarms(
  alarms: Alarms,
  now: () => number,
  onEvaluation: PolicyAlarms['onEvaluation'],
): PolicyAlarms {
  return {
    put({ name, description, metric, comparison, threshold, minutes }, call) {
      const alarm = readAlarm(
        {
          AlarmName: name,
          AlarmDescription: description,
          Namespace: metric.namespace,
          MetricName: metric.name,
          Dimensions: asDimensions(metric.dimensions),
          Statistic: metric.statistic,
          Period: 60,
          EvaluationPeriods: minutes,
          ComparisonOperator: comparison,
          Threshold: threshold,
        },
        call,
        now(),
      );
      alarms.put(alarm);
      return { name, arn: alarm.arn };
    },
    remove: (name) => alarms.remove(name),
    state: (name) => alarms.find(name)?.state.value,
    latest: (name) => alarms.latest(name),
    onEvaluation,
  };
}
