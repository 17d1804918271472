import { randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-application-auto-scaling';
import type { ServiceScaling } from '../ecs/index.ts';
import { pageOf } from '../wire/page.ts';
import { ServiceError, type Call } from '../wire/service.ts';
import { checkService, dimension, invalid, invalidToken, notFound } from './requests.ts';
import { serviceOf, type Scaler } from './scaler.ts';
import type { ScalableTarget, ScalingStore } from './store.ts';

export interface TargetOptions {
  readonly store: ScalingStore;
  readonly scaler: Scaler;
  readonly services: ServiceScaling;
  /** Removes a policy, and its alarms. */
  readonly removePolicy: (resourceId: string, name: string) => void;
  readonly now: () => number;
}

/** Source: Application Auto Scaling API reference, "DescribeScalableTargets", "DescribeScalingActivities". */
const pageLimit = 50;

/** What is scaled, between which limits, and what was done. */
export function targetOperations({ store, scaler, services, removePolicy, now }: TargetOptions) {
  const byArn = (arn: string): ScalableTarget => {
    const found = [...store.targets.values()].find((target) => target.arn === arn);
    if (found !== undefined) return found;
    throw new ServiceError('ResourceNotFoundException', `The resource with the ARN ${arn} does not exist.`);
  };

  return {
    RegisterScalableTarget: (
      input: sdk.RegisterScalableTargetRequest,
      call: Call,
    ): sdk.RegisterScalableTargetResponse => {
      checkService(input.ServiceNamespace, input.ResourceId, input.ScalableDimension);
      const resourceId = input.ResourceId ?? '';
      const { cluster, name } = serviceOf(resourceId);
      if (services.desiredCount(cluster, name) === undefined) {
        throw invalid(`ECS service doesn't exist: ${resourceId}`);
      }
      const before = store.targets.get(resourceId);
      const minimum = input.MinCapacity ?? before?.minimum;
      const maximum = input.MaxCapacity ?? before?.maximum;
      if (minimum === undefined || maximum === undefined) {
        throw invalid('MinCapacity and MaxCapacity are required when a scalable target is registered.');
      }
      if (minimum > maximum) throw invalid('Maximum capacity cannot be less than minimum capacity');
      const { SuspendedState: suspended } = input;
      const target: ScalableTarget = {
        resourceId,
        arn:
          before?.arn ??
          `arn:aws:application-autoscaling:${call.region}:${call.accountId}:scalable-target/${randomUUID()}`,
        roleArn:
          input.RoleARN ??
          before?.roleArn ??
          `arn:aws:iam::${call.accountId}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`,
        minimum,
        maximum,
        suspended: {
          in: suspended?.DynamicScalingInSuspended ?? before?.suspended.in ?? false,
          out: suspended?.DynamicScalingOutSuspended ?? before?.suspended.out ?? false,
          scheduled: suspended?.ScheduledScalingSuspended ?? before?.suspended.scheduled ?? false,
        },
        createdAt: before?.createdAt ?? now(),
        scaledAt: before?.scaledAt ?? {},
        tags: before?.tags ?? { ...input.Tags },
      };
      store.targets.set(resourceId, target);
      scaler.enforceLimits(target);
      return { ScalableTargetARN: target.arn };
    },

    DeregisterScalableTarget: (input: sdk.DeregisterScalableTargetRequest): object => {
      checkService(input.ServiceNamespace, input.ResourceId, input.ScalableDimension);
      const resourceId = input.ResourceId ?? '';
      if (!store.targets.has(resourceId)) throw notFound('scalable target', resourceId);
      for (const { name } of store.policiesOf(resourceId)) removePolicy(resourceId, name);
      store.targets.delete(resourceId);
      return {};
    },

    DescribeScalableTargets: (
      input: sdk.DescribeScalableTargetsRequest,
    ): sdk.DescribeScalableTargetsResponse => {
      checkService(input.ServiceNamespace, undefined, input.ScalableDimension);
      const found = [...store.targets.values()].filter(
        ({ resourceId }) => input.ResourceIds?.includes(resourceId) ?? true,
      );
      const { items, token } = pageOf(found, input.MaxResults ?? pageLimit, input.NextToken, invalidToken);
      return { ScalableTargets: items.map(described), ...asNextToken(token) };
    },

    DescribeScalingActivities: (
      input: sdk.DescribeScalingActivitiesRequest,
    ): sdk.DescribeScalingActivitiesResponse => {
      checkService(input.ServiceNamespace, input.ResourceId, input.ScalableDimension);
      const found = store.activities.filter(
        ({ resourceId }) => input.ResourceId === undefined || input.ResourceId === resourceId,
      );
      const { items, token } = pageOf(found, input.MaxResults ?? pageLimit, input.NextToken, invalidToken);
      return {
        ScalingActivities: items.map(({ id, resourceId, description, cause, at, status, message }) => ({
          ActivityId: id,
          ServiceNamespace: 'ecs',
          ResourceId: resourceId,
          ScalableDimension: dimension,
          Description: description,
          Cause: cause,
          StartTime: new Date(at),
          EndTime: new Date(at),
          StatusCode: status,
          StatusMessage: message,
        })),
        ...asNextToken(token),
      };
    },

    ListTagsForResource: (input: sdk.ListTagsForResourceRequest): sdk.ListTagsForResourceResponse => ({
      Tags: byArn(input.ResourceARN ?? '').tags,
    }),

    TagResource: (input: sdk.TagResourceRequest): object => {
      const target = byArn(input.ResourceARN ?? '');
      target.tags = { ...target.tags, ...input.Tags };
      return {};
    },

    UntagResource: (input: sdk.UntagResourceRequest): object => {
      const target = byArn(input.ResourceARN ?? '');
      target.tags = Object.fromEntries(
        Object.entries(target.tags).filter(([key]) => input.TagKeys?.includes(key) !== true),
      );
      return {};
    },
  };
}

export function asNextToken({ nextToken }: { readonly nextToken?: string }): { NextToken?: string } {
  return nextToken === undefined ? {} : { NextToken: nextToken };
}

function described(target: ScalableTarget): sdk.ScalableTarget {
  return {
    ServiceNamespace: 'ecs',
    ResourceId: target.resourceId,
    ScalableDimension: dimension,
    MinCapacity: target.minimum,
    MaxCapacity: target.maximum,
    RoleARN: target.roleArn,
    CreationTime: new Date(target.createdAt),
    SuspendedState: {
      DynamicScalingInSuspended: target.suspended.in,
      DynamicScalingOutSuspended: target.suspended.out,
      ScheduledScalingSuspended: target.suspended.scheduled,
    },
    ScalableTargetARN: target.arn,
  };
}
