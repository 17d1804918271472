import type { GitRepository } from '../git/repository.ts';
import type { Hub } from '../hub.ts';
import type { Run } from '../model.ts';

/**
 * What the rehearsal runs in place of an action that lives elsewhere on GitHub. It takes the action's own inputs,
 * and says in the log that it is a stand-in.
 */
export interface StandIn {
  /** `actions/checkout` */
  readonly action: string;
  /** One line, for the log and for docs/rehearsal.md. */
  readonly does: string;
  readonly doesNot: string;
  /** The inputs that it knows, with their defaults; others are reported and ignored. */
  readonly inputs: Readonly<Record<string, StandInInput>>;
  /** @throws Error: the step fails, with its message */
  readonly run: (step: StandInStep) => Promise<void>;
  readonly post?: (step: StandInStep) => Promise<void>;
}

export interface StandInInput {
  readonly default?: string;
  readonly required?: boolean;
}

/** What a stand-in may see and do: that of an action of the same name, and the hub in place of GitHub's services. */
export interface StandInStep {
  /** The value given, or the default; the empty string where there is neither. */
  input(name: string): string;
  /** @throws where it is none of the YAML booleans */
  flag(name: string): boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly temp: string;
  /** A folder that is kept between jobs and rehearsals of this repository. */
  readonly stateDirectory: string;
  readonly hub: Hub;
  readonly run: Run;
  readonly git: GitRepository;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  info(line: string): void;
  warning(message: string): void;
  mask(secret: string): void;
  setOutput(name: string, value: string): void;
  exportVariable(name: string, value: string): void;
  addPath(folder: string): void;
  /** Kept for {@link StandIn.post}. */
  saveState(name: string, value: string): void;
  state(name: string): string;
  /** Runs a command with its output in the log. @throws where it cannot be started or exits with another code than 0 */
  execute(command: string, args: readonly string[], folder?: string): Promise<void>;
}
