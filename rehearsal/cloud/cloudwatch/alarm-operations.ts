import type * as sdk from '@aws-sdk/client-cloudwatch';
import { pageOf } from '../wire/page.ts';
import { ServiceError, type Call } from '../wire/service.ts';
import { asTags, byKey } from '../wire/tags.ts';
import type { Alarm, Alarms } from './alarms.ts';
import type { Rule } from './evaluate.ts';
import { lengthOf, readStatistic } from './queries.ts';
import {
  invalidCombination,
  invalidFormat,
  invalidToken,
  invalidValue,
  missingParameter,
  periodOf,
} from './requests.ts';

/** Source: CloudWatch API reference, "DescribeAlarms", "DeleteAlarms". */
const limits = { described: 100, named: 100 };
/** A standard alarm looks back a day, one with a period of an hour or more a week. */
const longestSeconds = { short: 86_400, long: 604_800 };
const comparisons: ReadonlySet<string> = new Set([
  'GreaterThanThreshold',
  'GreaterThanOrEqualToThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
]);
const treatments = ['breaching', 'notBreaching', 'ignore', 'missing'] as const;
const states: ReadonlySet<string> = new Set(['OK', 'ALARM', 'INSUFFICIENT_DATA']);

/** Metric alarms: put, described, deleted, set by hand. There are no composite alarms and no anomaly detection. */
export function alarmOperations(alarms: Alarms, now: () => number) {
  return {
    PutMetricAlarm: (input: sdk.PutMetricAlarmInput, call: Call): object => {
      const alarm = readAlarm(input, call, now());
      alarms.check(alarm);
      alarms.put(alarm, byKey(input.Tags));
      return {};
    },

    DescribeAlarms: (input: sdk.DescribeAlarmsInput): sdk.DescribeAlarmsOutput => {
      if (input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined) {
        throw invalidValue('The rehearsal has no composite alarms: no alarm has children or parents.');
      }
      if (input.AlarmNames !== undefined && input.AlarmNamePrefix !== undefined) {
        throw invalidCombination('AlarmNames and AlarmNamePrefix must not be specified together.');
      }
      const wanted = input.AlarmTypes === undefined || input.AlarmTypes.includes('MetricAlarm');
      const found = alarms
        .list()
        .filter(
          ({ alarm, state }) =>
            wanted &&
            (input.AlarmNames?.includes(alarm.name) ?? true) &&
            alarm.name.startsWith(input.AlarmNamePrefix ?? '') &&
            (input.StateValue === undefined || input.StateValue === state.value) &&
            (input.ActionPrefix === undefined ||
              Object.values(alarm.actions)
                .flat()
                .some((action) => action.startsWith(input.ActionPrefix ?? ''))),
        )
        .sort((a, b) => (a.alarm.name < b.alarm.name ? -1 : 1));
      const { items, token } = pageOf(
        found,
        input.MaxRecords ?? limits.described,
        input.NextToken,
        invalidToken,
      );
      return {
        MetricAlarms: items.map(({ alarm, state }) => ({
          ...described(alarm),
          StateValue: state.value,
          StateReason: state.reason,
          StateReasonData: state.reasonData,
          StateUpdatedTimestamp: new Date(state.updatedAt),
          StateTransitionedTimestamp: new Date(state.updatedAt),
        })),
        CompositeAlarms: [],
        ...(token.nextToken === undefined ? {} : { NextToken: token.nextToken }),
      };
    },

    DescribeAlarmHistory: (input: sdk.DescribeAlarmHistoryInput): sdk.DescribeAlarmHistoryOutput => {
      const found = alarms
        .list()
        .filter(({ alarm: { name } }) => input.AlarmName === undefined || input.AlarmName === name)
        .flatMap(({ alarm: { name }, history }) => history.map((item) => ({ name, ...item })))
        .filter(
          ({ at, type }) =>
            (input.HistoryItemType === undefined || input.HistoryItemType === type) &&
            at >= (input.StartDate?.getTime() ?? 0) &&
            at <= (input.EndDate?.getTime() ?? Number.POSITIVE_INFINITY),
        )
        .sort((a, b) => b.at - a.at);
      if (input.ScanBy === 'TimestampAscending') found.reverse();
      const { items, token } = pageOf(
        found,
        input.MaxRecords ?? limits.described,
        input.NextToken,
        invalidToken,
      );
      return {
        AlarmHistoryItems: items.map(({ name, at, type, summary, detail }) => ({
          AlarmName: name,
          AlarmType: 'MetricAlarm',
          Timestamp: new Date(at),
          HistoryItemType: type,
          HistorySummary: summary,
          HistoryData: detail,
        })),
        ...(token.nextToken === undefined ? {} : { NextToken: token.nextToken }),
      };
    },

    DeleteAlarms: ({ AlarmNames: names = [] }: sdk.DeleteAlarmsInput): object => {
      if (names.length > limits.named) {
        throw invalidValue(`The collection AlarmNames must not have a size greater than ${limits.named}.`);
      }
      for (const name of names) if (alarms.find(name) === undefined) throw notFound(name);
      for (const name of names) alarms.remove(name);
      return {};
    },

    SetAlarmState: (input: sdk.SetAlarmStateInput): object => {
      const { AlarmName: name = '', StateValue: value = 'OK', StateReason: reason = '' } = input;
      if (!states.has(value))
        throw invalidValue(`The value ${value} for parameter StateValue is not supported.`);
      if (alarms.find(name) === undefined) throw notFound(name);
      if (input.StateReasonData !== undefined) {
        try {
          JSON.parse(input.StateReasonData);
        } catch (error: unknown) {
          throw invalidFormat(`StateReasonData was not valid JSON: ${String(error)}`);
        }
      }
      alarms.setState(name, value, reason, input.StateReasonData);
      return {};
    },

    EnableAlarmActions: ({ AlarmNames: names = [] }: sdk.EnableAlarmActionsInput): object => {
      for (const name of names) alarms.setActionsEnabled(name, true);
      return {};
    },

    DisableAlarmActions: ({ AlarmNames: names = [] }: sdk.DisableAlarmActionsInput): object => {
      for (const name of names) alarms.setActionsEnabled(name, false);
      return {};
    },

    ListTagsForResource: ({
      ResourceARN: arn = '',
    }: sdk.ListTagsForResourceInput): sdk.ListTagsForResourceOutput => ({
      Tags: asTags(byArn(alarms, arn).tags),
    }),

    TagResource: ({ ResourceARN: arn = '', Tags: tags }: sdk.TagResourceInput): object => {
      const { alarm, tags: before } = byArn(alarms, arn);
      alarms.setTags(alarm.name, { ...before, ...byKey(tags) });
      return {};
    },

    UntagResource: ({ ResourceARN: arn = '', TagKeys: keys = [] }: sdk.UntagResourceInput): object => {
      const { alarm, tags } = byArn(alarms, arn);
      const kept = Object.entries(tags).filter(([key]) => !keys.includes(key));
      alarms.setTags(alarm.name, Object.fromEntries(kept));
      return {};
    },
  };
}

/** An alarm as PutMetricAlarm asks for it. @throws ServiceError as CloudWatch refuses it */
export function readAlarm(input: sdk.PutMetricAlarmInput, call: Call, now: number): Alarm {
  const { AlarmName: name = '', ActionsEnabled: actionsEnabled = true } = input;
  const queries = queriesOf(input);
  const periodMs = lengthOf(
    queries.find(({ ReturnData: returned }) => returned !== false) ?? { Id: '' },
    queries,
  );
  const rule = ruleOf(input);
  const { short, long } = longestSeconds;
  if ((rule.evaluationPeriods * periodMs) / 1000 > (periodMs < 3_600_000 ? short : long)) {
    throw invalidValue(
      'Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400), or a week where the period is an hour or more.',
    );
  }
  return {
    name,
    arn: `arn:aws:cloudwatch:${call.region}:${call.accountId}:alarm:${name}`,
    ...(input.AlarmDescription === undefined ? {} : { description: input.AlarmDescription }),
    actionsEnabled,
    actions: {
      ok: input.OKActions ?? [],
      alarm: input.AlarmActions ?? [],
      insufficientData: input.InsufficientDataActions ?? [],
    },
    rule,
    told: {
      treatMissingData: input.TreatMissingData !== undefined,
      datapointsToAlarm: input.DatapointsToAlarm !== undefined,
    },
    queries,
    ofOneMetric: input.Metrics === undefined,
    ...(input.Unit === undefined ? {} : { unit: input.Unit }),
    periodMs,
    configuredAt: now,
  };
}

function ruleOf(input: sdk.PutMetricAlarmInput): Rule {
  const { ComparisonOperator: comparison = 'GreaterThanThreshold', TreatMissingData: treatment = 'missing' } =
    input;
  const { EvaluationPeriods: evaluationPeriods, Threshold: threshold } = input;
  if (!comparisons.has(comparison) || input.ThresholdMetricId !== undefined) {
    throw invalidValue(
      `The rehearsal has no anomaly detection: ComparisonOperator ${comparison} is not supported.`,
    );
  }
  if (evaluationPeriods === undefined) throw missingParameter('EvaluationPeriods');
  if (threshold === undefined) throw missingParameter('Threshold');
  if (evaluationPeriods < 1) throw invalidValue('EvaluationPeriods must be at least 1.');
  const datapointsToAlarm = input.DatapointsToAlarm ?? evaluationPeriods;
  if (datapointsToAlarm < 1 || datapointsToAlarm > evaluationPeriods) {
    throw invalidValue('DatapointsToAlarm must be less than or equal to EvaluationPeriods.');
  }
  const treatMissingData = treatments.find((each) => each === treatment);
  if (treatMissingData === undefined) {
    throw invalidValue(`The value ${treatment} for parameter TreatMissingData is not supported.`);
  }
  return { comparison, threshold, evaluationPeriods, datapointsToAlarm, treatMissingData };
}

/** One metric's alarm is a query as well. */
function queriesOf(input: sdk.PutMetricAlarmInput): readonly sdk.MetricDataQuery[] {
  if (input.EvaluateLowSampleCountPercentile !== undefined) {
    throw invalidValue(
      'The rehearsal has no EvaluateLowSampleCountPercentile: percentiles are always evaluated.',
    );
  }
  if (input.Metrics !== undefined) {
    if (input.MetricName !== undefined) {
      throw invalidCombination('MetricName must not be specified together with Metrics.');
    }
    const returned = input.Metrics.filter(({ ReturnData: each }) => each !== false);
    if (returned.length !== 1) {
      throw invalidValue('Exactly one element of the metrics list should return data.');
    }
    for (const { MetricStat: stat } of input.Metrics) if (stat !== undefined) readStatistic(stat.Stat);
    return input.Metrics;
  }
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic } = input;
  if (Namespace === undefined || MetricName === undefined) throw missingParameter('Namespace and MetricName');
  if ((Statistic === undefined) === (ExtendedStatistic === undefined)) {
    throw invalidCombination('Exactly one of Statistic and ExtendedStatistic must be specified.');
  }
  const stat = Statistic ?? ExtendedStatistic ?? '';
  readStatistic(stat);
  periodOf(Period);
  return [{ Id: 'm1', MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat: stat } }];
}

function described(alarm: Alarm): sdk.MetricAlarm {
  const { rule, told, actions } = alarm;
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmDescription: alarm.description,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: [...actions.ok],
    AlarmActions: [...actions.alarm],
    InsufficientDataActions: [...actions.insufficientData],
    ComparisonOperator: rule.comparison,
    Threshold: rule.threshold,
    EvaluationPeriods: rule.evaluationPeriods,
    DatapointsToAlarm: told.datapointsToAlarm ? rule.datapointsToAlarm : undefined,
    TreatMissingData: told.treatMissingData ? rule.treatMissingData : undefined,
    ...(alarm.ofOneMetric ? oneMetric(alarm) : { Metrics: [...alarm.queries] }),
  };
}

function oneMetric({ queries, unit }: Alarm): Partial<sdk.MetricAlarm> {
  const { Metric: metric, Period, Stat: stat = '' } = queries[0]?.MetricStat ?? {};
  const isExtended = !['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'].includes(stat);
  return {
    Namespace: metric?.Namespace,
    MetricName: metric?.MetricName,
    Dimensions: metric?.Dimensions ?? [],
    Period,
    Unit: unit as sdk.StandardUnit | undefined,
    ...(isExtended ? { ExtendedStatistic: stat } : { Statistic: stat as sdk.Statistic }),
  };
}

function byArn(alarms: Alarms, arn: string) {
  const found = alarms.find(/:alarm:(.+)$/.exec(arn)?.[1] ?? '');
  if (found !== undefined) return found;
  throw new ServiceError('ResourceNotFoundException', `Unknown resource ${arn}.`, 404);
}

function notFound(name: string): ServiceError {
  return new ServiceError('ResourceNotFound', `The alarm ${name} does not exist.`, 404);
}
