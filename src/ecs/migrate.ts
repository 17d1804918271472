import { createHash } from 'node:crypto';
import type { RunTaskCommandInput, RunTaskCommandOutput, Task } from '@aws-sdk/client-ecs';
import { classify, type Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { createProgress, errorMessage, Failure, formatDuration, type Runner } from '../github/index.ts';
import { askBriefly } from './ask-briefly.ts';
import { migrationEnd, nextMigration, startedByMigration, type MigrationEnd } from './decide-migration.ts';
import type { Blame } from './decision.ts';
import { lastLines, logStreamOf } from './log-stream.ts';
import { networkOf } from './service-input.ts';
import type { TaskDefinition } from './task-definition/build.ts';
import { listTasks } from './tasks.ts';
import { delayed, unlessAborted, writeGraceMs } from './unless-aborted.ts';

/** How the database was brought up to date, or was not. */
export interface Migration {
  readonly state: 'succeeded' | 'failed';
  /** The ARN of the task. */
  readonly task: string;
  /** Whether a run before this one has started it. */
  readonly attached: boolean;
  readonly exitCode: number | undefined;
  /** What it wrote last; where that cannot be read, `gap` says why. */
  readonly lastLines: readonly string[];
  readonly gap: string | undefined;
  /** Why it failed, and whose fault that is. */
  readonly failure: { readonly why: string; readonly blame: Blame } | undefined;
}

export interface MigrateOptions {
  readonly aws: Aws;
  readonly environment: ResolvedEnvironment;
  readonly migrate: NonNullable<ResolvedEnvironment['database']['migrate']>;
  /** The ARN of the new task definition. */
  readonly taskDefinition: string;
  readonly definition: TaskDefinition;
  /** The container in it that is the service's own. */
  readonly container: string;
  readonly runner: Runner;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Called as soon as it is known which task migrates. */
  readonly onTask: (arn: string) => void;
}

/**
 * Runs the migration of a release as a task of its own, in the release's own container, and waits for its end. What
 * ECS knows decides whether there is one to follow: one that runs already is not started again, nor is one that
 * succeeded.
 *
 * @throws the errors of ECS, and the signal's reason: then the task may run on, and {@link stopMigration} ends it
 */
export async function migrate(options: MigrateOptions): Promise<Migration> {
  const { runner, taskDefinition, container, signal } = options;
  const tasks = await unlessAborted(migrationTasks(options), signal);
  const next = nextMigration(tasks, taskDefinition, container);
  switch (next.kind) {
    case 'done':
      runner.info(`${idOf(next.task)} has migrated the database already.`);
      return concluded(options, next.task, { state: 'succeeded', exitCode: 0 }, true);
    case 'follow':
      runner.info(`Following ${idOf(next.task)}, which a run before this one has started.`);
      return follow(options, next.task, true);
    case 'start': {
      const task = await start(options, next.after);
      runner.info(`Started ${idOf(task)}: ${options.migrate.command.join(' ')}`);
      return follow(options, task, false);
    }
  }
}

const lookEveryMs = 1_000;

async function follow(options: MigrateOptions, task: Task, attached: boolean): Promise<Migration> {
  const { aws, runner, now, sleep, signal, migrate, container } = options;
  options.onTask(task.taskArn ?? '');
  const deadline = now() + migrate.timeout;
  const progress = createProgress({ print: (line) => runner.info(line), now, deadline });
  for (let seen = task; ; seen = await unlessAborted(look(options, seen), signal)) {
    const end = migrationEnd(seen, container);
    if (end.state !== 'running') return concluded(options, seen, end, attached);
    if (now() > deadline) {
      const late = `it was not done after ${formatDuration(migrate.timeout)}`;
      const refused = await stopMigration({ aws, environment: options.environment }, task.taskArn ?? '');
      const why = refused === undefined ? `${late}, and was stopped` : `${late}, and runs on: ${refused}`;
      return concluded(
        options,
        seen,
        { state: 'failed', exitCode: undefined, why, blame: 'release' },
        attached,
      );
    }
    progress.report(`The migration is ${(seen.lastStatus ?? 'pending').toLowerCase()}`);
    await sleep(lookEveryMs, signal);
  }
}

async function concluded(
  { aws, definition, container, signal }: MigrateOptions,
  task: Task,
  end: Exclude<MigrationEnd, { readonly state: 'running' }>,
  attached: boolean,
): Promise<Migration> {
  const base = {
    state: end.state,
    task: task.taskArn ?? '',
    attached,
    exitCode: end.exitCode,
    failure: end.state === 'failed' ? { why: end.why, blame: end.blame } : undefined,
  };
  try {
    const stream = logStreamOf(definition, container, idOf(task));
    return { ...base, lastLines: await unlessAborted(lastLines(aws, stream), signal), gap: undefined };
  } catch (error: unknown) {
    signal.throwIfAborted();
    return { ...base, lastLines: [], gap: errorMessage(error) };
  }
}

/** An instance may be full for a moment: a task that found no place is asked for again. */
const placements = 4;
const placementPauseMs = 5_000;

async function start(options: MigrateOptions, after: string): Promise<Task> {
  const { environment, sleep, signal, random, runner } = options;
  for (let attempt = 1; ; attempt += 1) {
    // An answer without a task may be remembered with its token: the next one has another.
    const salt = attempt === 1 ? after : `${after} ${random()}`;
    const { tasks: [task] = [], failures = [] } = await runTask(options, salt);
    if (task !== undefined) return task;
    const reasons = failures
      .map(({ reason, detail }) => [reason, detail].filter(Boolean).join(': '))
      .join('; ');
    if (attempt === placements) {
      throw new Failure('The migration finds no place in the cluster; the service was not touched', {
        where: environment.aws.cluster,
        why: reasons === '' ? 'ECS started no task' : reasons,
        remedy: `Make room for one more task of ${environment.compute.cpu} CPU units and ${environment.compute.memory} MiB`,
      });
    }
    runner.info(`No place for the migration yet (${reasons}); asking again.`);
    await sleep(placementPauseMs, signal);
  }
}

/** The token makes a repeated call the same one, also that of another runner (ECS, "Ensuring idempotency"). */
async function runTask(
  { aws, environment, migrate, taskDefinition, container, signal }: MigrateOptions,
  salt: string,
): Promise<RunTaskCommandOutput> {
  const { RunTaskCommand } = await import('@aws-sdk/client-ecs');
  const { cluster } = environment.aws;
  const input: RunTaskCommandInput = {
    cluster,
    taskDefinition,
    count: 1,
    launchType: environment.compute.launchType,
    startedBy: startedByMigration,
    clientToken: createHash('sha256').update(`${cluster} ${taskDefinition} ${salt}`).digest('hex'),
    overrides: { containerOverrides: [{ name: container, command: migrate.command }] },
    ...networkOf(environment),
  };
  return (await aws.ecs()).send(new RunTaskCommand(input), { abortSignal: delayed(signal, writeGraceMs) });
}

/** @returns what was seen before, where ECS does not answer now: there is time to ask again */
async function look({ aws, environment }: MigrateOptions, seen: Task): Promise<Task> {
  const { DescribeTasksCommand } = await import('@aws-sdk/client-ecs');
  const command = new DescribeTasksCommand({
    cluster: environment.aws.cluster,
    tasks: [seen.taskArn ?? ''],
  });
  try {
    const { tasks } = await (await aws.ecs()).send(command);
    // One that was just started may not be readable yet.
    return tasks?.[0] ?? seen;
  } catch (error: unknown) {
    if (['throttled', 'ambiguous'].includes(classify(error))) return seen;
    throw error;
  }
}

/** The tasks of the family: the service's own are among them. */
async function migrationTasks({
  aws,
  environment,
  definition,
}: Pick<MigrateOptions, 'aws' | 'environment' | 'definition'>): Promise<Task[]> {
  const of = { cluster: environment.aws.cluster, family: definition.family ?? '' };
  const [running, stopped] = await Promise.all([
    listTasks(aws, { ...of, desiredStatus: 'RUNNING' }),
    listTasks(aws, { ...of, desiredStatus: 'STOPPED' }),
  ]);
  return [...running, ...stopped];
}

/**
 * The task of a job that was cancelled before it knew which one it is.
 * @returns `undefined` where none runs
 */
export async function findMigration(
  options: Pick<MigrateOptions, 'aws' | 'environment' | 'definition' | 'taskDefinition' | 'container'>,
): Promise<string | undefined> {
  const next = nextMigration(await migrationTasks(options), options.taskDefinition, options.container);
  return next.kind === 'follow' ? next.task.taskArn : undefined;
}

/** @returns why it could not be asked to stop, where it could not */
export function stopMigration(
  { aws, environment }: Pick<MigrateOptions, 'aws' | 'environment'>,
  task: string,
): Promise<string | undefined> {
  return askBriefly(aws, async (ecs, options) => {
    const { StopTaskCommand } = await import('@aws-sdk/client-ecs');
    const reason = 'The deployment that this migration belongs to was given up.';
    await ecs.send(new StopTaskCommand({ cluster: environment.aws.cluster, task, reason }), options);
  });
}

function idOf({ taskArn }: Task): string {
  return taskArn?.split('/').at(-1) ?? '';
}
