import type { AlarmType, StateValue } from '@aws-sdk/client-cloudwatch';
import type { Service, TaskDefinition as RegisteredTaskDefinition } from '@aws-sdk/client-ecs';
import type { Rule, TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ResolvedEnvironment } from '../../config/index.ts';
import type { Release, TaskDefinition } from '../task-definition/build.ts';

/** What was read, or why it could not be. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** What has to be known before anything is touched. `undefined`, where a part reads so: it is not there. */
export interface Gathered {
  /** Whose credentials the job has. */
  readonly caller: Read<{ readonly account: string; readonly arn: string }>;
  readonly cluster: Read<{ readonly isActive: boolean; readonly instances: number }>;
  readonly service: Read<Service | undefined>;
  /** The newest revision of the family. */
  readonly latest: Read<RegisteredTaskDefinition | undefined>;
  /** The platforms that the image runs on: `linux/amd64`. */
  readonly image: Read<readonly string[] | undefined>;
  readonly logGroup: Read<boolean>;
  /** ARNs by what sluice.yml, or the user's own task definition, calls them. */
  readonly secrets: Readonly<Record<string, Read<string | undefined>>>;
  readonly parameters: Readonly<Record<string, Read<string | undefined>>>;
  /** Of the secrets that are there. */
  readonly secretKeys: readonly CheckedKey[];
  /** By what sluice.yml, or the user's own task definition, calls them. */
  readonly roles: Readonly<Record<string, Read<Role | undefined>>>;
  readonly grants: readonly Grant[];
  readonly targetGroups: Readonly<Record<string, Read<TargetGroup | undefined>>>;
  readonly targets: Readonly<Record<string, Read<readonly TargetHealthDescription[]>>>;
  readonly rules: Readonly<Record<string, Read<Rule | undefined>>>;
  readonly alarms: Read<readonly Alarm[]>;
}

/** Whether a secret's JSON has a key that ECS is to hand over. What it holds is never known here. */
export interface CheckedKey {
  /** As sluice.yml, or the user's own task definition, calls it. */
  readonly secret: string;
  readonly key: string;
  /** `not known`: the role that deploys may not read the secret, which it need not. */
  readonly found: 'there' | 'missing' | 'no JSON' | 'no value' | 'not known';
}

export interface Role {
  readonly arn: string;
  readonly trust: TrustPolicy;
}

/** Who may take a role, as far as it is looked at. IAM takes one in place of a list of one. */
export interface TrustPolicy {
  readonly Statement?: TrustStatement | readonly TrustStatement[];
}

export interface TrustStatement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Principal?: '*' | { readonly Service?: string | readonly string[] };
}

/** Whether a role that ECS takes may do what ECS takes it for: on which of the resources it may not. */
export interface Grant {
  readonly role: string;
  readonly action: string;
  readonly resources: readonly string[];
  readonly denied: Read<readonly string[]>;
}

export interface Alarm {
  readonly name: string;
  readonly type: AlarmType;
  readonly state: StateValue;
}

/** Where a deployment leads: to a new release, or back to one that is known to be good. */
export type Direction = 'forward' | 'back';

export interface Facts {
  readonly gathered: Gathered;
  readonly environment: ResolvedEnvironment;
  readonly release: Release;
  /** The user's own task definition, where sluice.yml names one. */
  readonly own: TaskDefinition | undefined;
  readonly direction: Direction;
}

/** One thing that is not as it has to be. */
export interface Objection {
  readonly what: string;
  /** The command or the line that mends it. */
  readonly remedy: string;
}

export type Check = (facts: Facts) => Objection | readonly (Objection | undefined)[] | undefined;

/** A strategy by which ECS moves traffic from one target group to the other. */
export function shiftsTraffic({ deploy }: ResolvedEnvironment): boolean {
  return deploy.strategy !== 'rolling';
}

/**
 * A deployment is on its way: this very one, which is gone on with, or another, which is waited for. Weights and
 * alarms are what it makes of them, and nothing to object to.
 */
export function isInProgress({ gathered: { service } }: Facts): boolean {
  return service.ok && service.value?.currentServiceDeployment !== undefined;
}
