import type { Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { errorMessage } from '../github/index.ts';
import { blameOfTasks } from './blame-of-tasks.ts';
import type { Blame, Outcome } from './decision.ts';
import { collectEvidence } from './forensics.ts';
import { isSafeToGoBack } from './decide-shift.ts';
import { findMigration, stopMigration } from './migrate.ts';
import { describeService, recentDeployments, type Sight } from './observe.ts';
import { noTraffic, type DeployResult, type Traffic } from './result.ts';
import { requestRollback } from './service.ts';
import { ownContainerName, type TaskDefinition } from './task-definition/build.ts';
import { unlessAborted } from './unless-aborted.ts';

/** Where a run is: what a cancellation, or an error half way, has to know. Nothing of it outlives the run. */
export interface Course {
  /** What was done last to the world. */
  reached: 'nothing' | 'registering' | 'migrating' | 'moving' | 'moved' | 'ended';
  /** Whether there was a service, and with it a version to go back to. */
  hadService: boolean;
  definition: TaskDefinition | undefined;
  /** The ARN of the task that migrates the database, as long as it does. */
  migrating: string | undefined;
  /** What was seen of the deployment last. */
  sight: Sight | undefined;
  /** Whether a task of the release was seen to run. */
  hasRun: boolean;
  result: Pick<
    DeployResult,
    'deployment' | 'taskDefinition' | 'registered' | 'attached' | 'differences' | 'migration' | 'traffic'
  >;
  readonly timeline: { readonly what: string; readonly ms: number }[];
  /** Ends a part of the run, and begins the next. */
  readonly lap: (what: string) => void;
}

export function beginCourse(now: () => number): Course {
  const timeline: { readonly what: string; readonly ms: number }[] = [];
  let mark = now();
  return {
    reached: 'nothing',
    hadService: false,
    definition: undefined,
    migrating: undefined,
    sight: undefined,
    hasRun: false,
    result: {
      deployment: '',
      taskDefinition: '',
      registered: false,
      attached: false,
      differences: [],
      migration: undefined,
      traffic: noTraffic,
    },
    timeline,
    lap: (what) => {
      timeline.push({ what, ms: now() - mark });
      mark = now();
    },
  };
}

/** Keeps what was seen last, and each split of the traffic that is not that of the look before. */
export function noteSight(course: Course, sight: Sight): void {
  course.sight = sight;
  course.hasRun ||= sight.running > 0;
  if (sight.shift?.live === undefined) return;
  const { live, time } = sight.shift;
  const { splits } = course.result.traffic;
  const last = splits.at(-1);
  if (last?.green === live.green && last.blue === live.blue && last.others === live.others) return;
  addTraffic(course, { splits: [...splits, { ...live, time }] });
}

export function addTraffic(course: Course, more: Partial<Traffic>): void {
  course.result = { ...course.result, traffic: { ...course.result.traffic, ...more } };
}

export interface CourseOptions {
  readonly aws: Aws;
  readonly environment: ResolvedEnvironment;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Called, and waited for, as soon as it is known which deployment is ours. */
  readonly onDeployment?: (arn: string, taskDefinition: string) => unknown;
}

export type Unsuccessful =
  | Exclude<Outcome, { readonly state: 'successful' | 'ready' | 'switched' }>
  | { readonly state: 'unproven'; readonly why: string; readonly blame: Blame };

/** The result of a deployment that did not succeed, with the evidence where there is any. */
export async function ended(
  { aws, environment }: CourseOptions,
  { result, definition, timeline, hasRun }: Course,
  outcome: Unsuccessful,
): Promise<DeployResult> {
  const base = { ...result, timeline, proof: undefined };
  if (outcome.state === 'superseded') {
    const why = 'A newer deployment took over';
    return { ...base, state: outcome.state, why, blame: undefined, evidence: undefined };
  }
  const { deployment, taskDefinition } = result;
  const evidence =
    deployment === '' || definition === undefined
      ? undefined
      : await collectEvidence({ aws, name: environment.aws, deployment, taskDefinition, definition });
  const told: Blame = 'blame' in outcome ? outcome.blame : 'circumstances';
  const blame = blameOfTasks(told, evidence?.tasks ?? [], hasRun);
  return { ...base, state: outcome.state, why: outcome.why, blame, evidence };
}

/** How long the deployment of a job that was cancelled is looked for: GitHub kills after ten seconds in all. */
const lookUpMs = 1_000;

/** The job was cancelled: leaves no deployment behind that nobody follows. */
export async function cancel(options: CourseOptions, course: Course): Promise<DeployResult> {
  const { reached, result, timeline, hadService, sight } = course;
  const cancelled = (why: string, deployment = result.deployment): DeployResult => ({
    ...result,
    deployment,
    timeline,
    state: 'cancelled',
    why: `The job was cancelled ${why}`,
    blame: 'circumstances',
    proof: undefined,
    evidence: undefined,
  });
  switch (reached) {
    case 'nothing':
      return cancelled('before anything was touched');
    case 'registering':
      return cancelled('before the service was touched');
    case 'migrating': {
      const refused = await stopMigrating(options, course);
      return cancelled(
        refused === undefined
          ? 'while the database was being migrated: the migration was told to stop, and the service was not touched'
          : `while the database was being migrated; the service was not touched, and the migration runs on: ${refused}`,
      );
    }
    case 'ended':
      return cancelled('after ECS had finished: the new version runs, and is not proven');
    case 'moving':
    case 'moved': {
      const deployment =
        result.deployment === '' ? await lookUp(options, result.taskDefinition) : result.deployment;
      if (deployment === undefined) {
        return cancelled('while the service was being moved, and no deployment of it is in progress');
      }
      void options.onDeployment?.(deployment, result.taskDefinition);
      if (sight !== undefined && !isSafeToGoBack(sight)) {
        return cancelled(
          'and the rollback was not asked for: the old version cannot take the traffic back. The deployment waits in ECS',
          deployment,
        );
      }
      const refused = await requestRollback(options.aws, deployment);
      if (refused !== undefined) {
        return cancelled(`and the rollback could not be asked for: ${refused}`, deployment);
      }
      return cancelled(
        hadService
          ? 'and the rollback was asked for'
          : 'and its end was asked for; it is the first deployment of the service, and there is nothing to go back to',
        deployment,
      );
    }
  }
}

/** @returns why the migration could not be told to stop, where it runs and could not */
async function stopMigrating(
  { aws, environment }: CourseOptions,
  { migrating, definition, result: { taskDefinition } }: Course,
): Promise<string | undefined> {
  if (definition === undefined) return undefined;
  try {
    const own = ownContainerName(definition, environment.serviceName);
    const task =
      migrating ??
      (await unlessAborted(
        findMigration({ aws, environment, definition, taskDefinition, container: own }),
        AbortSignal.timeout(lookUpMs),
      ));
    return task === undefined ? undefined : await stopMigration({ aws, environment }, task);
  } catch (error: unknown) {
    return errorMessage(error);
  }
}

/** The deployment in progress, where it is of our task definition. */
async function lookUp(
  { aws, environment, sleep }: CourseOptions,
  taskDefinition: string,
): Promise<string | undefined> {
  const limit = AbortSignal.timeout(lookUpMs);
  const find = async (): Promise<string> => {
    for (;;) {
      const current = (await describeService(aws, environment.aws))?.currentServiceDeployment;
      const recent = current === undefined ? [] : await recentDeployments(aws, environment.aws);
      const own = recent.find((one) => one.arn === current && one.taskDefinition === taskDefinition);
      if (own !== undefined) return own.arn;
      await sleep(200, limit);
    }
  };
  try {
    return await unlessAborted(find(), limit);
  } catch {
    // Nothing was found in time: there is nothing that this job could still end.
    return undefined;
  }
}
