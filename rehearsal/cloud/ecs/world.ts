/**
 * What ECS needs of the rest of the cloud, as interfaces, so that ECS can be tested alone and so that no service
 * of the cloud reaches into another's state.
 */
export interface EcsWorld {
  readonly images: ImageSource;
  readonly logs: LogSink;
  readonly secrets: SecretSource;
  readonly roles: RoleSource;
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
