/**
 * What ECS needs of the rest of the cloud, as interfaces, so that ECS can be tested alone and so that no service
 * of the cloud reaches into another's state.
 */
export interface EcsWorld {
  readonly images: ImageSource;
  readonly logs: LogSink;
  readonly secrets: SecretSource;
  readonly roles: RoleSource;
  readonly loadBalancing: LoadBalancing;
  readonly alarms: AlarmSource;
}

/** The registry, to whoever starts a task. */
export interface ImageSource {
  /**
   * Looks up `registry/repository@sha256:…`, `registry/repository:tag` or `repository:tag`.
   * `undefined` where ECS would say `CannotPullContainerError`.
   */
  resolve(image: string): Promise<ResolvedImage | undefined>;
  /** Opens a blob (a layer, tar or tar+gzip) for reading. */
  openBlob(digest: string): NodeJS.ReadableStream;
}

export interface ResolvedImage {
  readonly repository: string;
  /** The digest of the manifest that a task runs (of the platform's manifest, where the reference is an index). */
  readonly digest: string;
  readonly platform: { readonly os: string; readonly architecture: string };
  readonly layers: readonly { readonly digest: string; readonly mediaType: string; readonly size: number }[];
  readonly config: ImageConfig;
}

/** The `config` member of an OCI image configuration. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Healthcheck?: {
    readonly Test?: readonly string[];
    readonly Interval?: number;
    readonly Timeout?: number;
  };
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}

export interface LogSink {
  /** `false` where there is no such group: the task then fails to start, as on AWS without `awslogs-create-group`. */
  hasGroup(group: string): boolean;
  createGroup(group: string): void;
  createStream(group: string, stream: string): void;
  write(group: string, stream: string, event: { readonly timestamp: number; readonly message: string }): void;
}

export interface SecretSource {
  /**
   * The value behind a `valueFrom` (a secret's ARN, optionally `:json-key:version-stage:version-id`), as ECS would
   * inject it, or the reason that ECS would put into the task's `stoppedReason`.
   */
  read(valueFrom: string, executionRoleArn: string | undefined): { value: string } | { error: string };
}

export interface RoleSource {
  /** Whether the role exists and its trust policy lets `ecs-tasks.amazonaws.com` assume it. */
  canBeAssumedByTasks(roleArn: string): boolean;
}

/** The load balancers, to ECS: it registers tasks with target groups, watches their health, and moves weights. */
export interface LoadBalancing {
  targetGroup(arn: string): TargetGroupFacts | undefined;
  /** A listener rule (a listener's default rule included) that forwards; `undefined` where there is none of this ARN. */
  rule(arn: string): RuleFacts | undefined;
  /**
   * Replaces the rule's forward action: absolute, safe to repeat. The API's answers change at once; the data plane
   * follows after its propagation delay.
   */
  setForward(ruleArn: string, groups: readonly WeightedGroup[]): void;
  /** Idempotent. */
  register(targetGroupArn: string, target: Target): void;
  /** Begins draining; the target is gone from {@link targetHealth} when the deregistration delay is over. */
  deregister(targetGroupArn: string, target: Target): void;
  targetHealth(targetGroupArn: string): readonly TargetState[];
  /** Calls back whenever a target's health changes, is registered or gone. @returns how to stop that */
  onTargetChange(listener: (targetGroupArn: string) => void): () => void;
}

/** A target: an instance's id and port (`i-…`), or an address and port, by the group's target type. */
export interface Target {
  readonly id: string;
  readonly port: number;
}

export interface TargetGroupFacts {
  readonly arn: string;
  readonly targetType: 'instance' | 'ip';
  /** The load balancers whose listeners or rules forward to it; empty: its targets are `unused`. */
  readonly loadBalancerArns: readonly string[];
}

export interface RuleFacts {
  readonly arn: string;
  readonly listenerArn: string;
  readonly loadBalancerArn: string;
  readonly forward: readonly WeightedGroup[];
}

export interface WeightedGroup {
  readonly targetGroupArn: string;
  /** 0 to 999, as on AWS; ECS uses weights that sum to 100. */
  readonly weight: number;
}

export interface TargetState extends Target {
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining';
  /** AWS's reason code, such as `Target.ResponseCodeMismatch`. */
  readonly reason?: string;
  readonly description?: string;
}

/** CloudWatch's alarms, to ECS. */
export interface AlarmSource {
  /** The states of those of the alarms that exist. */
  states(names: readonly string[]): readonly { name: string; state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' }[];
  /** Calls back with an alarm's name whenever its state changes. @returns how to stop that */
  onAlarmChange(listener: (name: string) => void): () => void;
}

/** For an ECS on its own: there are no target groups and no alarms. */
export const noLoadBalancing: LoadBalancing = {
  targetGroup: () => undefined,
  rule: () => undefined,
  setForward: () => undefined,
  register: () => undefined,
  deregister: () => undefined,
  targetHealth: () => [],
  onTargetChange: () => () => undefined,
};

export const noAlarms: AlarmSource = { states: () => [], onAlarmChange: () => () => undefined };
