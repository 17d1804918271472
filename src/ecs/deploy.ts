import type { Service } from '@aws-sdk/client-ecs';
import { awsFailure, classify } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { Failure, failureLine } from '../github/index.ts';
import { findOwnDeployment, hasFailedBefore, hasStarted, overBefore } from './attach.ts';
import { conclude, type ConcludeOptions } from './conclude.ts';
import { beginCourse, cancel, ended, type Course } from './course.ts';
import type { Until } from './decision.ts';
import { waitForOthers } from './others.ts';
import {
  gather,
  keysNotKnown,
  objections,
  secretArns,
  type Direction,
  type Gathered,
  type Objection,
} from './preflight/index.ts';
import { migrate, type Migration } from './migrate.ts';
import type { DeployResult } from './result.ts';
import { createService, redeployService, updateService, type Target } from './service.ts';
import { inProgressOf, standing, type Standing } from './standing.ts';
import {
  buildTaskDefinition,
  familyOf,
  ownContainerName,
  type TaskDefinition,
} from './task-definition/build.ts';
import { diffTaskDefinitions } from './task-definition/diff.ts';
import { readOwnTaskDefinition } from './task-definition/own.ts';
import { registerTaskDefinition } from './task-definition/registered.ts';
import { delayed, unlessAborted, writeGraceMs } from './unless-aborted.ts';

export interface DeployOptions extends Omit<ConcludeOptions, 'until' | 'answers' | 'judge' | 'onDeployment'> {
  /** How far to go: `done` where it is left out. */
  readonly until?: Exclude<Until, 'switched'>;
  /** `back`: to a release that served before, when what runs may be what is wrong. */
  readonly direction?: Direction;
  /** Where a user's own task definition is looked for. */
  readonly workspace: string;
  /** Called before the first write. */
  readonly onStart: () => Promise<void>;
  /** Called, and waited for, as soon as it is known which deployment is ours. */
  readonly onDeployment: (arn: string, taskDefinition: string) => unknown;
}

/**
 * Deploys a release, and proves it; or brings it as far as its first gate. Nothing is remembered between runs: what
 * there is in ECS decides where to go on, so that a second run after a killed one converges on the same task definition
 * and the same deployment.
 *
 * @throws Failure where nothing was touched: the preflight refuses, or another deployment does not end
 */
export async function deploy(options: DeployOptions): Promise<DeployResult> {
  const course = beginCourse(options.now);
  try {
    return await run(options, course);
  } catch (error: unknown) {
    if (options.signal.aborted) return await cancel(options, course);
    const explained = explain(error, course.reached, options.environment);
    if (course.reached === 'nothing') throw explained;
    options.runner.debug(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const why = failureLine(explained);
    return await ended(
      options,
      course,
      course.reached === 'registering' || course.reached === 'migrating'
        ? { state: 'failed', why, blame: 'circumstances' }
        : { state: 'unknown', why },
    );
  }
}

const stumbled: Readonly<Record<Course['reached'], string>> = {
  nothing: 'It cannot be seen what there is, and nothing was touched',
  registering: 'The task definition cannot be registered, and the service was not touched',
  migrating: 'The database cannot be migrated, and the service was not touched',
  moving: 'The service cannot be moved to the new task definition',
  moved: 'The deployment can no longer be followed; it goes on in ECS',
  ended: 'What was deployed cannot be proven',
};

/** Says what an error of AWS has kept from being done, and which permission or what else mends it. */
export function explain(
  error: unknown,
  reached: Course['reached'],
  { aws }: Pick<ResolvedEnvironment, 'aws'>,
): unknown {
  const isOfAws = classify(error) !== 'refused' || (error as { $metadata?: unknown } | null)?.$metadata;
  return isOfAws ? awsFailure(stumbled[reached], `${aws.cluster}/${aws.service}`, error) : error;
}

async function run(options: DeployOptions, course: Course): Promise<DeployResult> {
  const { aws, environment, release, runner, signal } = options;
  const own = await readOwnTaskDefinition(environment, options.workspace);
  let gathered = await runner.group('Preflight', () => unlessAborted(preflight(options, own), signal));
  const definition = buildTaskDefinition(environment, release, secretArns(gathered), own);
  course.definition = definition;
  course.lap('Preflight');

  const hasWaited = await unlessAborted(waitForOthers(options, definition), signal);
  if (hasWaited) {
    course.lap('Waiting for another deployment');
    // It may have left weights in between, or a blue that is not healthy.
    gathered = await runner.group('Preflight', () => unlessAborted(preflight(options, own), signal));
  }
  let found = await standing(aws, environment, definition, gathered);
  course.hadService = found.service !== undefined;
  course.result = {
    ...course.result,
    differences: diffTaskDefinitions(found.running, definition, literalSecrets(environment)),
  };
  signal.throwIfAborted();
  await options.onStart();

  course.reached = 'registering';
  const registered = found.same ?? (await registerTaskDefinition(aws, definition, options));
  const taskDefinition = registered.taskDefinitionArn ?? '';
  course.result = { ...course.result, taskDefinition, registered: found.same === undefined };
  runner.info(
    found.same === undefined ? `Registered ${taskDefinition}.` : `${taskDefinition} is this very release.`,
  );
  course.lap('Task definition');

  const migration = await migrated(options, course, definition, found);
  if (migration !== undefined) {
    course.result = { ...course.result, migration };
    if (migration.failure !== undefined) {
      const { why, blame } = migration.failure;
      return ended(options, course, { state: 'failed', why: `The migration failed: ${why}`, blame });
    }
    // Meanwhile somebody may have moved the service by hand.
    await unlessAborted(waitForOthers(options, definition), signal);
    found = await standing(aws, environment, definition, undefined);
  }

  signal.throwIfAborted();
  const { deployment, attached } = await begin(options, course, definition, found);
  course.reached = 'moved';
  course.result = { ...course.result, deployment, attached };
  await unlessAborted(Promise.resolve(options.onDeployment(deployment, taskDefinition)), signal);
  runner.info(`${attached ? 'Following' : 'Started'} ${deployment}.`);
  return conclude({ ...options, until: options.until ?? 'done', answers: [] }, course);
}

/**
 * Brings the database up to date for a release that comes. Not for one that is on its way already, as it would not be
 * without; nor for one that served before, whose tables the later one has only added to (docs/migrations.md).
 */
async function migrated(
  options: DeployOptions,
  course: Course,
  definition: TaskDefinition,
  { service }: Standing,
): Promise<Migration | undefined> {
  const { environment, runner, direction, signal } = options;
  const wanted = environment.database.migrate;
  const { taskDefinition } = course.result;
  if (wanted === undefined || direction === 'back' || service?.taskDefinition === taskDefinition)
    return undefined;
  signal.throwIfAborted();
  course.reached = 'migrating';
  const migration = await runner.group('Migrating the database', () =>
    migrate({
      ...options,
      migrate: wanted,
      taskDefinition,
      definition,
      container: ownContainerName(definition, environment.serviceName),
      onTask: (arn) => (course.migrating = arn),
    }),
  );
  course.lap('Migration');
  return migration;
}

/** Moves the service to the task definition, unless it is on its way already. */
async function begin(
  options: DeployOptions,
  course: Course,
  definition: TaskDefinition,
  found: Standing,
): Promise<{ readonly deployment: string; readonly attached: boolean }> {
  const { aws, environment } = options;
  const { taskDefinition } = course.result;
  course.reached = 'moving';
  const ongoing = inProgressOf(found, taskDefinition);
  if (ongoing !== undefined) return { deployment: ongoing, attached: true };
  const container = ownContainerName(definition, environment.serviceName);
  const after = await move(options, { taskDefinition, container }, found);
  const known = overBefore(found.recent);
  const before = found.service;
  const deployment = await findOwnDeployment(
    aws,
    environment.aws,
    { taskDefinition, known, before, after },
    options,
  );
  return { deployment, attached: !hasStarted({ before, after }) };
}

async function preflight(
  { aws, environment, release, runner, direction }: DeployOptions,
  own: TaskDefinition | undefined,
): Promise<Gathered> {
  const gathered = await gather(aws, environment, release, familyOf(environment, own), own);
  const against = objections(gathered, environment, release, own, direction);
  if (against.length > 0) throw refusal(against, environment);
  for (const note of keysNotKnown(gathered)) runner.info(note);
  runner.info('Nothing speaks against the deployment.');
  return gathered;
}

function refusal(against: readonly Objection[], environment: ResolvedEnvironment): Failure {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return new Failure(`Not deployed to ${environment.name}; nothing was touched`, {
    why: against.map(({ what }) => what).join('. '),
    remedy: against.map(({ remedy }) => remedy).join('. '),
    evidence: [
      '| What | Remedy |',
      '| --- | --- |',
      ...against.map(({ what, remedy }) => `| ${cell(what)} | ${cell(remedy)} |`),
    ].join('\n'),
  });
}

function literalSecrets({ secrets }: ResolvedEnvironment): ReadonlySet<string> {
  return new Set(Object.entries(secrets).flatMap(([name, secret]) => ('literal' in secret ? [name] : [])));
}

function move(
  { aws, environment, random, signal }: DeployOptions,
  target: Target,
  { service, recent }: Standing,
): Promise<Service> {
  const options = { random, signal: delayed(signal, writeGraceMs) };
  if (service === undefined) return createService(aws, environment, target, options);
  return hasFailedBefore(service, target.taskDefinition, recent)
    ? redeployService(aws, environment, target, service, options)
    : updateService(aws, environment, target, options);
}
