/** What the last stage of a Dockerfile makes: files on top of a base, and how to start them. */
export interface Stage {
  /** The image that the stage starts from. */
  readonly base: string;
  /** In the order of the file; a later one wins over an earlier. */
  readonly copies: readonly CopyStep[];
  readonly config: ImageConfig;
}

export type CopyStep = ContextCopy | DependencyCopy;

/** `COPY` from the build context. */
export interface ContextCopy {
  readonly from: 'context';
  readonly line: number;
  /** Paths or patterns in the context. */
  readonly sources: readonly string[];
  readonly destination: Destination;
  readonly mode: number | undefined;
  readonly owner: Owner;
}

/** `COPY --from` of the `node_modules` of a stage that runs `npm ci`. */
export interface DependencyCopy {
  readonly from: 'dependencies';
  readonly line: number;
  readonly destination: Destination;
  /** What the stage gives to `npm ci`: `--omit=dev`. */
  readonly npmFlags: readonly string[];
  readonly owner: Owner;
}

/** An absolute path in the image. A folder where it was written with a slash at its end, or several sources go there. */
interface Destination {
  readonly path: string;
  readonly isFolder: boolean;
}

export interface Owner {
  readonly user: number;
  readonly group: number;
}

/** The `config` member of an OCI image configuration, the part that a Dockerfile sets. Durations are nanoseconds. */
export interface ImageConfig {
  User?: string;
  ExposedPorts?: Record<string, object>;
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  Healthcheck?: Healthcheck;
}

export interface Healthcheck {
  Test: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
}
