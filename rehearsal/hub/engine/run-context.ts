import type { Run } from '../model.ts';
import type { Runner } from '../runner/order.ts';
import type { ConcurrencyGroups, Ticket } from './concurrency.ts';
import type { Scope } from './expressions/evaluate.ts';
import { githubContext } from './github-context.ts';
import type { JobRecords, Place } from './job-records.ts';
import type { RunnerSlots } from './runner-slots.ts';
import type { Wait } from './wait.ts';
import type { LoadedWorkflow } from './workflow/load.ts';
import type { Inputs } from './workflow/model.ts';

/** What the runs of an engine share. */
export interface RunSurroundings {
  readonly runner: Runner;
  readonly groups: ConcurrencyGroups;
  readonly slots: RunnerSlots;
  readonly wait: Wait;
}

/** What everything within one attempt of a run shares. */
export interface RunContext extends RunSurroundings {
  readonly run: Run;
  readonly records: JobRecords;
  /** Keys of the jobs whose results of an earlier attempt stand. */
  readonly kept: ReadonlySet<string>;
  /** Cancels the run; the reason is shown with it. */
  readonly cancel: (reason: string) => void;
  /** The run is cancelled. */
  readonly cancelled: AbortSignal;
  /** The hub stops: nothing may be left running. */
  readonly killed: AbortSignal;
}

/** One workflow of a run: the one that was triggered, or one that is called. */
export interface WorkflowScope {
  readonly loaded: LoadedWorkflow;
  readonly place: Place;
  readonly inputs: Inputs;
  /** What its caller handed down; `undefined`: all of the repository's. */
  readonly secrets: Readonly<Record<string, string>> | undefined;
  /** Concurrency groups that are held around it; to wait for one of them would wait for ever. */
  readonly heldGroups: readonly string[];
  readonly cancelled: AbortSignal;
}

/** Where expressions at the level of a workflow are evaluated. */
export function workflowScope({ run, runner }: RunContext, scope: WorkflowScope): Scope {
  return {
    contexts: {
      github: githubContext(run, runner.hub.repository, { serverUrl: runner.serverUrl }),
      inputs: scope.inputs,
      vars: variablesOf(runner, undefined),
    },
  };
}

/** The repository's variables, an environment's own first. */
export function variablesOf({ hub }: Runner, environment: string | undefined): Record<string, string> {
  return {
    ...hub.variables,
    ...(environment === undefined ? {} : hub.environment(environment).variables),
  };
}

/**
 * Stands for the token of a job where a caller hands down `secrets.GITHUB_TOKEN`: each job has a token of its own,
 * which is not there yet.
 */
export const tokenOfTheJob = '\0token of the job';

/** A called workflow sees what it was given, and the secrets of its own jobs' environments. */
export function secretsOf(
  { hub }: Runner,
  scope: WorkflowScope,
  environment: string | undefined,
): Record<string, string> {
  return {
    ...(scope.secrets ?? hub.secrets),
    ...(environment === undefined ? {} : hub.environment(environment).secrets),
    GITHUB_TOKEN: tokenOfTheJob,
  };
}

/** Waits for a ticket's turn, or until the wait is called off. */
export async function awaitTurn(ticket: Ticket, signal: AbortSignal): Promise<'granted' | 'cancelled'> {
  const leave = (): void => ticket.leave();
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  const turn = await ticket.turn;
  signal.removeEventListener('abort', leave);
  return turn;
}
