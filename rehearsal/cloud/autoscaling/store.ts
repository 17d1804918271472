import type {
  ScalingActivity,
  TargetTrackingScalingPolicyConfiguration,
} from '@aws-sdk/client-application-auto-scaling';

/** A service whose desired count is scaled. */
export interface ScalableTarget {
  /** `service/cluster/name`. */
  readonly resourceId: string;
  readonly arn: string;
  readonly roleArn: string;
  minimum: number;
  maximum: number;
  suspended: { in: boolean; out: boolean; scheduled: boolean };
  readonly createdAt: number;
  /** When it last scaled out and in, for the cooldowns. */
  scaledAt: { out?: number; in?: number };
  tags: Record<string, string>;
}

export interface ScalingPolicy {
  readonly resourceId: string;
  readonly name: string;
  readonly arn: string;
  readonly configuration: TargetTrackingScalingPolicyConfiguration;
  /** The names and ARNs of its alarms; there is none for scaling in where that is disabled. */
  readonly alarms: { readonly high: AlarmReference; readonly low?: AlarmReference };
  readonly createdAt: number;
}

export interface AlarmReference {
  readonly name: string;
  readonly arn: string;
}

export interface Activity {
  readonly id: string;
  readonly resourceId: string;
  readonly description: string;
  readonly cause: string;
  readonly at: number;
  readonly status: ScalingActivity['StatusCode'];
  readonly message: string;
}

export interface SavedScaling {
  readonly targets: readonly ScalableTarget[];
  readonly policies: readonly ScalingPolicy[];
  readonly activities: readonly Activity[];
}

const keptActivities = 200;

/** What is scaled, by which policies, and what came of it. */
export class ScalingStore {
  targets = new Map<string, ScalableTarget>();
  policies: ScalingPolicy[] = [];
  activities: Activity[] = [];

  policiesOf(resourceId: string): readonly ScalingPolicy[] {
    return this.policies.filter((policy) => policy.resourceId === resourceId);
  }

  policy(resourceId: string, name: string): ScalingPolicy | undefined {
    return this.policiesOf(resourceId).find((policy) => policy.name === name);
  }

  /** Adds it, or replaces the one of the same name. */
  putPolicy(policy: ScalingPolicy): void {
    this.removePolicy(policy.resourceId, policy.name);
    this.policies.push(policy);
  }

  removePolicy(resourceId: string, name: string): void {
    this.policies = this.policies.filter((each) => each.resourceId !== resourceId || each.name !== name);
  }

  note(activity: Activity): void {
    this.activities = [activity, ...this.activities].slice(0, keptActivities);
  }

  save(): SavedScaling {
    return { targets: [...this.targets.values()], policies: this.policies, activities: this.activities };
  }

  load({ targets, policies, activities }: SavedScaling): void {
    // A clock in a hurry was ahead of the one that starts now: a cooldown could last for days.
    this.targets = new Map(targets.map((target) => [target.resourceId, { ...target, scaledAt: {} }]));
    this.policies = [...policies];
    this.activities = [...activities];
  }
}
