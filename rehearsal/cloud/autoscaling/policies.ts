import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-application-auto-scaling';
import type { PolicyAlarms, WatchedMetric } from '../cloudwatch/policy-alarms.ts';
import { pageOf } from '../wire/page.ts';
import type { Call } from '../wire/service.ts';
import { checkService, dimension, invalid, invalidToken, notFound } from './requests.ts';
import { serviceOf } from './scaler.ts';
import type { AlarmReference, ScalingPolicy, ScalingStore } from './store.ts';
import { asNextToken } from './targets.ts';

export interface PolicyOptions {
  readonly store: ScalingStore;
  readonly alarms: PolicyAlarms;
  readonly now: () => number;
}

/** Source: Application Auto Scaling API reference, "DescribeScalingPolicies". */
const pageLimit = 10;

/**
 * What makes the alarms of a target tracking policy: over the target for three minutes, or under nine tenths of it for
 * fifteen. Source: the alarms that Application Auto Scaling makes for ECS services.
 */
const alarmRules = {
  high: { comparison: 'GreaterThanThreshold', ofTarget: 1, minutes: 3 },
  low: { comparison: 'LessThanThreshold', ofTarget: 0.9, minutes: 15 },
} as const;

/** Policies that track a target; there are no step and no predictive policies, and no scheduled actions. */
export function policyOperations({ store, alarms, now }: PolicyOptions) {
  return {
    PutScalingPolicy: (input: sdk.PutScalingPolicyRequest, call: Call): sdk.PutScalingPolicyResponse => {
      checkService(input.ServiceNamespace, input.ResourceId, input.ScalableDimension);
      const { ResourceId: resourceId = '', PolicyName: name = '' } = input;
      if (!store.targets.has(resourceId)) throw notFound('scalable target', resourceId);
      const before = store.policy(resourceId, name);
      const type = input.PolicyType ?? (before === undefined ? 'StepScaling' : 'TargetTrackingScaling');
      if (type !== 'TargetTrackingScaling') {
        throw invalid(`The rehearsal has policies of the type TargetTrackingScaling, and none of ${type}.`);
      }
      const configuration = input.TargetTrackingScalingPolicyConfiguration ?? before?.configuration;
      if (configuration === undefined) {
        throw invalid('TargetTrackingScalingPolicyConfiguration is required for this policy type.');
      }
      if (!((configuration.TargetValue ?? 0) > 0)) throw invalid('TargetValue has to be more than 0.');
      const metric = metricOf(configuration, resourceId);
      if (before !== undefined) removeAlarms(alarms, before);
      const put = (which: 'high' | 'low'): AlarmReference => {
        const { comparison, ofTarget, minutes } = alarmRules[which];
        return alarms.put(
          {
            name: `TargetTracking-${resourceId}-Alarm${which === 'high' ? 'High' : 'Low'}-${randomUUID()}`,
            description: 'DO NOT EDIT OR DELETE. For TargetTrackingScaling policy.',
            metric,
            comparison,
            threshold: (configuration.TargetValue ?? 0) * ofTarget,
            minutes,
          },
          call,
        );
      };
      const policy: ScalingPolicy = {
        resourceId,
        name,
        arn:
          before?.arn ??
          `arn:aws:autoscaling:${call.region}:${call.accountId}:scalingPolicy:${randomUUID()}:resource/ecs/${resourceId}:policyName/${name}`,
        configuration,
        alarms: {
          high: put('high'),
          ...(configuration.DisableScaleIn === true ? {} : { low: put('low') }),
        },
        createdAt: before?.createdAt ?? now(),
      };
      store.putPolicy(policy);
      return { PolicyARN: policy.arn, Alarms: alarmsOf(policy) };
    },

    DeleteScalingPolicy: (input: sdk.DeleteScalingPolicyRequest): object => {
      checkService(input.ServiceNamespace, input.ResourceId, input.ScalableDimension);
      const { ResourceId: resourceId = '', PolicyName: name = '' } = input;
      if (store.policy(resourceId, name) === undefined) throw notFound('scaling policy', resourceId);
      removePolicy(store, alarms, resourceId, name);
      return {};
    },

    DescribeScalingPolicies: (
      input: sdk.DescribeScalingPoliciesRequest,
    ): sdk.DescribeScalingPoliciesResponse => {
      checkService(input.ServiceNamespace, input.ResourceId, input.ScalableDimension);
      const found = store.policies.filter(
        ({ resourceId, name }) =>
          (input.ResourceId === undefined || input.ResourceId === resourceId) &&
          (input.PolicyNames?.includes(name) ?? true),
      );
      const { items, token } = pageOf(found, input.MaxResults ?? pageLimit, input.NextToken, invalidToken);
      return {
        ScalingPolicies: items.map((policy) => ({
          PolicyARN: policy.arn,
          PolicyName: policy.name,
          ServiceNamespace: 'ecs',
          ResourceId: policy.resourceId,
          ScalableDimension: dimension,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: policy.configuration,
          Alarms: alarmsOf(policy),
          CreationTime: new Date(policy.createdAt),
        })),
        ...asNextToken(token),
      };
    },
  };
}

/** With its alarms. */
export function removePolicy(
  store: ScalingStore,
  alarms: PolicyAlarms,
  resourceId: string,
  name: string,
): void {
  const policy = store.policy(resourceId, name);
  if (policy === undefined) return;
  removeAlarms(alarms, policy);
  store.removePolicy(resourceId, name);
}

function removeAlarms(alarms: PolicyAlarms, policy: ScalingPolicy): void {
  for (const { AlarmName: name = '' } of alarmsOf(policy)) alarms.remove(name);
}

function alarmsOf({ alarms: { high, low } }: ScalingPolicy): sdk.Alarm[] {
  return [high, low].flatMap((alarm) =>
    alarm === undefined ? [] : [{ AlarmName: alarm.name, AlarmARN: alarm.arn }],
  );
}

function metricOf(
  configuration: sdk.TargetTrackingScalingPolicyConfiguration,
  resourceId: string,
): WatchedMetric {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: custom } = configuration;
  if ((predefined === undefined) === (custom === undefined)) {
    throw invalid(
      'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification is required.',
    );
  }
  if (custom !== undefined) {
    const {
      Namespace: namespace,
      MetricName: name,
      Statistic: statistic,
      Dimensions: dimensions = [],
    } = custom;
    if (namespace === undefined || name === undefined || statistic === undefined) {
      throw invalid('The rehearsal tracks one metric: Namespace, MetricName and Statistic are required.');
    }
    return {
      namespace,
      name,
      statistic,
      dimensions: Object.fromEntries(dimensions.map(({ Name = '', Value = '' }) => [Name, Value])),
    };
  }
  const { cluster, name: service } = serviceOf(resourceId);
  switch (predefined?.PredefinedMetricType) {
    case 'ECSServiceAverageCPUUtilization':
    case 'ECSServiceAverageMemoryUtilization':
      return {
        namespace: 'AWS/ECS',
        name: predefined.PredefinedMetricType.replace('ECSServiceAverage', ''),
        statistic: 'Average',
        dimensions: { ClusterName: cluster, ServiceName: service },
      };
    case 'ALBRequestCountPerTarget': {
      const targetGroup = /^app\/[^/]+\/[^/]+\/(targetgroup\/[^/]+\/[^/]+)$/.exec(
        predefined.ResourceLabel ?? '',
      )?.[1];
      if (targetGroup === undefined) {
        throw invalid(
          'ResourceLabel has to be app/name/id/targetgroup/name/id for ALBRequestCountPerTarget.',
        );
      }
      return {
        namespace: 'AWS/ApplicationELB',
        name: 'RequestCountPerTarget',
        statistic: 'Sum',
        dimensions: { TargetGroup: targetGroup },
      };
    }
    default:
      throw invalid(`${String(predefined?.PredefinedMetricType)} is no metric of an ECS service.`);
  }
}
