import type { ResolvedImage } from '../world.ts';

/** What is needed to run one container. */
export interface ContainerSpec {
  readonly taskId: string;
  readonly name: string;
  readonly image: ResolvedImage;
  /** The reference as the task definition has it, for drivers that pull it themselves. */
  readonly imageReference: string;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly user: string;
  /** The whole environment of the container: the image's, the task definition's, the secrets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly {
    readonly containerPort: number;
    readonly hostPort: number;
    readonly protocol: 'tcp' | 'udp';
  }[];
  readonly memoryMiB: number | undefined;
  onOutput(line: string): void;
}

export interface RunningContainer {
  /** The runtime's id: a process id or a container id. */
  readonly runtimeId: string;
  /** Settles when it has ended, by itself or stopped. `undefined`: it was ended by a signal. */
  readonly exited: Promise<{ readonly exitCode: number; readonly reason?: string }>;
  /** SIGTERM (or the image's stop signal), and SIGKILL when it has not ended after `timeoutMs` of real time. */
  stop(timeoutMs: number): Promise<void>;
  /** Runs a health check command inside. @returns its exit code; 124 where it timed out */
  exec(command: readonly string[], timeoutMs: number): Promise<number>;
}

/** What runs the tasks: processes of this machine, or containers of a Docker engine. */
export interface TaskDriver {
  readonly name: 'process' | 'docker';
  /** @throws Error with the reason that ECS would put into `stoppedReason` */
  start(spec: ContainerSpec): Promise<RunningContainer>;
  /** Ends what an earlier run of the rehearsal left behind. */
  clean(): Promise<void>;
}
