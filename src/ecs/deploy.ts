import type { Service, TaskDefinition as RegisteredTaskDefinition } from '@aws-sdk/client-ecs';
import { awsFailure, classify, type Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { createProgress, Failure, failureLine, type Runner } from '../github/index.ts';
import { findOwnDeployment, hasFailedBefore, hasStarted } from './attach.ts';
import type { Outcome } from './decide.ts';
import { collectEvidence } from './forensics.ts';
import { follow } from './follow.ts';
import { describeService, isSuperseded, recentDeployments, type ServiceName } from './observe.ts';
import { waitForOthers } from './others.ts';
import {
  gather,
  objections,
  secretArns,
  type Direction,
  type Gathered,
  type Objection,
} from './preflight/index.ts';
import { proveDeployed } from './proof.ts';
import type { DeployResult } from './result.ts';
import { createService, redeployService, requestRollback, updateService } from './service.ts';
import {
  buildTaskDefinition,
  familyOf,
  isRegisteredFrom,
  type Release,
  type TaskDefinition,
} from './task-definition/build.ts';
import { diffTaskDefinitions } from './task-definition/diff.ts';
import { readOwnTaskDefinition } from './task-definition/own.ts';
import { findTaskDefinition, registerTaskDefinition } from './task-definition/registered.ts';
import { delayed, unlessAborted } from './unless-aborted.ts';

export interface DeployOptions {
  readonly aws: Aws;
  readonly environment: ResolvedEnvironment;
  readonly release: Release;
  readonly runner: Runner;
  /** `back`: to a release that served before, when what runs may be what is wrong. */
  readonly direction?: Direction;
  /** Where a user's own task definition is looked for. */
  readonly workspace: string;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
  /** Called before the first write. */
  readonly onStart: () => Promise<void>;
  /** Called as soon as it is known which deployment is ours. */
  readonly onDeployment: (arn: string, taskDefinition: string) => void;
}

/** Where a run is: what a cancellation, or an error half way, has to know. Nothing of it outlives the run. */
interface Course {
  /** What was done last to the world. */
  reached: 'nothing' | 'registering' | 'moving' | 'moved' | 'ended';
  /** Whether there was a service, and with it a version to go back to. */
  hadService: boolean;
  definition: TaskDefinition | undefined;
  result: Omit<DeployResult, 'state' | 'why' | 'proof' | 'evidence' | 'timeline'>;
  readonly timeline: { readonly what: string; readonly ms: number }[];
}

/** More failed tasks in a row than this are a crash loop. ECS's own circuit breaker begins at three as well. */
const failuresAllowed = 3;

/**
 * Deploys a release, and proves it. Nothing is remembered between runs: what there is in ECS decides where to go on,
 * so that a second run after a killed one converges on the same task definition and the same deployment.
 *
 * @throws Failure where nothing was touched: the preflight refuses, or another deployment does not end
 */
export async function deploy(options: DeployOptions): Promise<DeployResult> {
  const course: Course = {
    reached: 'nothing',
    hadService: false,
    definition: undefined,
    result: { deployment: '', taskDefinition: '', registered: false, attached: false, differences: [] },
    timeline: [],
  };
  try {
    return await run(options, course);
  } catch (error: unknown) {
    if (options.signal.aborted) return await cancel(options, course);
    const explained = explain(error, course.reached, options.environment);
    if (course.reached === 'nothing') throw explained;
    options.runner.debug(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const why = failureLine(explained);
    return await ended(options, course, {
      state: course.reached === 'registering' ? 'failed' : 'unknown',
      why,
    });
  }
}

const stumbled: Readonly<Record<Course['reached'], string>> = {
  nothing: 'It cannot be seen what there is, and nothing was touched',
  registering: 'The task definition cannot be registered, and the service was not touched',
  moving: 'The service cannot be moved to the new task definition',
  moved: 'The deployment can no longer be followed; it goes on in ECS',
  ended: 'What was deployed cannot be proven',
};

/** Says what an error of AWS has kept from being done, and which permission or what else mends it. */
function explain(error: unknown, reached: Course['reached'], { aws }: ResolvedEnvironment): unknown {
  const isOfAws = classify(error) !== 'refused' || (error as { $metadata?: unknown } | null)?.$metadata;
  return isOfAws ? awsFailure(stumbled[reached], `${aws.cluster}/${aws.service}`, error) : error;
}

async function run(options: DeployOptions, course: Course): Promise<DeployResult> {
  const { aws, environment, release, runner, signal, now } = options;
  const name: ServiceName = environment.aws;
  let mark = now();
  const lap = (what: string): void => {
    course.timeline.push({ what, ms: now() - mark });
    mark = now();
  };

  const own = await readOwnTaskDefinition(environment, options.workspace);
  const gathered = await runner.group('Preflight', () => unlessAborted(preflight(options, own), signal));
  const definition = buildTaskDefinition(environment, release, secretArns(gathered), own);
  course.definition = definition;
  lap('Preflight');

  const hasWaited = await unlessAborted(waitForOthers(options, definition), signal);
  if (hasWaited) lap('Waiting for another deployment');
  const found = await standing(options, definition, hasWaited ? undefined : gathered);
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
  lap('Task definition');

  signal.throwIfAborted();
  course.reached = 'moving';
  const after = await move(options, taskDefinition, found);
  const attached = !hasStarted({ before: found.service, after });
  const deployment = await findOwnDeployment(
    aws,
    name,
    { taskDefinition, known: new Set(found.recent.map(({ arn }) => arn)), before: found.service, after },
    options,
  );
  course.reached = 'moved';
  course.result = { ...course.result, deployment, attached };
  options.onDeployment(deployment, taskDefinition);
  runner.info(`${attached ? 'Following' : 'Started'} ${deployment}.`);

  const outcome = await runner.group('Following the deployment', () =>
    followToItsEnd(options, deployment, taskDefinition),
  );
  lap('Rollout');
  if (outcome.state !== 'successful') return ended(options, course, outcome);

  course.reached = 'ended';
  const proof = await runner.group('Proof', () =>
    unlessAborted(proveDeployed({ ...options, deployment, taskDefinition }), signal),
  );
  lap('Proof');
  const unproven = proof.filter(({ verdict }) => verdict === 'does not hold');
  if (unproven.length === 0) {
    return {
      ...course.result,
      timeline: course.timeline,
      state: 'deployed',
      why: undefined,
      proof,
      evidence: undefined,
    };
  }
  if (await isSuperseded(aws, name, deployment)) return ended(options, course, { state: 'superseded' });
  const gaps = unproven.map(({ what, found }) => `${what} (found: ${found})`).join('; ');
  return {
    ...(await ended(options, course, {
      state: 'failed',
      why: `ECS reports success, and it is not proven. It does not hold that: ${gaps}`,
    })),
    proof,
  };
}

async function preflight(
  { aws, environment, release, runner, direction }: DeployOptions,
  own: TaskDefinition | undefined,
): Promise<Gathered> {
  const gathered = await gather(aws, environment, release, familyOf(environment, own));
  const against = objections(gathered, environment, release, own, direction);
  if (against.length > 0) throw refusal(against, environment);
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

interface Standing {
  readonly service: Service | undefined;
  /** The task definition that the service runs, or else the family's newest. */
  readonly running: TaskDefinition | undefined;
  /** A registered revision that is this very release. */
  readonly same: RegisteredTaskDefinition | undefined;
  readonly recent: Awaited<ReturnType<typeof recentDeployments>>;
}

/** What there is, right before the first write. */
async function standing(
  { aws, environment }: DeployOptions,
  definition: TaskDefinition,
  gathered: Gathered | undefined,
): Promise<Standing> {
  const name: ServiceName = environment.aws;
  const service = gathered?.service.ok === true ? gathered.service.value : await describeService(aws, name);
  const [newest, current, recent] = await Promise.all([
    gathered?.latest.ok === true ? gathered.latest.value : findTaskDefinition(aws, definition.family ?? ''),
    service?.taskDefinition === undefined ? undefined : findTaskDefinition(aws, service.taskDefinition),
    service === undefined ? [] : recentDeployments(aws, name),
  ]);
  const same = [newest, current].find(
    (revision) =>
      revision !== undefined && revision.status !== 'INACTIVE' && isRegisteredFrom(revision, definition),
  );
  return { service, running: (current ?? newest) as TaskDefinition | undefined, same, recent };
}

function literalSecrets({ secrets }: ResolvedEnvironment): ReadonlySet<string> {
  return new Set(Object.entries(secrets).flatMap(([name, secret]) => ('literal' in secret ? [name] : [])));
}

/** A call that is on its way when the job is cancelled gets so long: unanswered, nobody knows what it did. */
const writeGraceMs = 1_500;

function move(
  { aws, environment, random, signal }: DeployOptions,
  taskDefinition: string,
  { service, recent }: Standing,
): Promise<Service> {
  const options = { random, signal: delayed(signal, writeGraceMs) };
  if (service === undefined) return createService(aws, environment, taskDefinition, options);
  return hasFailedBefore(service, taskDefinition, recent)
    ? redeployService(aws, environment, taskDefinition, service, options)
    : updateService(aws, environment, taskDefinition, options);
}

function followToItsEnd(
  options: DeployOptions,
  deployment: string,
  taskDefinition: string,
): Promise<Outcome> {
  const { environment, runner, now } = options;
  const { timeout, circuitBreaker } = environment.deploy;
  const deadline = now() + timeout;
  return follow({
    ...options,
    name: environment.aws,
    deployment,
    taskDefinition,
    plan: { deadline, circuitBreaker, failuresAllowed },
    progress: createProgress({ print: (line) => runner.info(line), now, deadline }),
  });
}

type Unsuccessful =
  Exclude<Outcome, { readonly state: 'successful' | 'superseded' }> | { readonly state: 'superseded' };

/** The result of a deployment that did not succeed, with the evidence where there is any. */
async function ended(
  { aws, environment }: DeployOptions,
  { result, definition, timeline }: Course,
  outcome: Unsuccessful,
): Promise<DeployResult> {
  const base = { ...result, timeline, proof: undefined };
  if (outcome.state === 'superseded') {
    return { ...base, state: outcome.state, why: 'A newer deployment took over', evidence: undefined };
  }
  const { deployment, taskDefinition } = result;
  const evidence =
    deployment === '' || definition === undefined
      ? undefined
      : await collectEvidence({ aws, name: environment.aws, deployment, taskDefinition, definition });
  return { ...base, state: outcome.state, why: outcome.why, evidence };
}

/** How long the deployment of a job that was cancelled is looked for: GitHub kills after ten seconds in all. */
const lookUpMs = 1_000;

/** The job was cancelled: leaves no deployment behind that nobody follows. */
async function cancel(
  options: DeployOptions,
  { reached, result, timeline, hadService }: Course,
): Promise<DeployResult> {
  const cancelled = (why: string, deployment = result.deployment): DeployResult => ({
    ...result,
    deployment,
    timeline,
    state: 'cancelled',
    why: `The job was cancelled ${why}`,
    proof: undefined,
    evidence: undefined,
  });
  switch (reached) {
    case 'nothing':
      return cancelled('before anything was touched');
    case 'registering':
      return cancelled('before the service was touched');
    case 'ended':
      return cancelled('after ECS had finished: the new version runs, and is not proven');
    case 'moving':
    case 'moved': {
      const deployment =
        result.deployment === '' ? await lookUp(options, result.taskDefinition) : result.deployment;
      if (deployment === undefined) {
        return cancelled('while the service was being moved, and no deployment of it is in progress');
      }
      options.onDeployment(deployment, result.taskDefinition);
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

/** The deployment in progress, where it is of our task definition. */
async function lookUp(
  { aws, environment, sleep }: DeployOptions,
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
