import { Failure, failureLine } from '../github/index.ts';
import { conclude, type ConcludeOptions } from './conclude.ts';
import { addTraffic, beginCourse, cancel, ended, type Course } from './course.ts';
import { explain } from './deploy.ts';
import { createJudge } from './judge.ts';
import { recentDeployments, type KnownDeployment } from './observe.ts';
import type { DeployResult } from './result.ts';
import type { GateName } from './stages.ts';
import type { TaskDefinition } from './task-definition/build.ts';
import { findTaskDefinition } from './task-definition/registered.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface GoOnOptions extends Omit<ConcludeOptions, 'answers' | 'judge' | 'until' | 'onDeployment'> {
  /** Where the service's own scenarios are. */
  readonly workspace: string;
  readonly onDeployment: (arn: string, taskDefinition: string) => unknown;
}

/** Answers the gates before all traffic is on green, as what is seen of green says. */
export function shiftTraffic(options: GoOnOptions): Promise<DeployResult> {
  return goOn(options, 'switched', ['beforeTraffic', 'eachStep']);
}

/** Watches green alone, answers the last gate, and proves the release when ECS has finished. */
export function monitor(options: GoOnOptions): Promise<DeployResult> {
  return goOn(options, 'done', ['afterTraffic']);
}

/**
 * Goes on with a deployment that `deploy` has begun, in this job or in one that died: it is found by its task
 * definition and its digest.
 *
 * @throws Failure where there is no deployment of this release
 */
async function goOn(
  options: GoOnOptions,
  until: 'switched' | 'done',
  answers: readonly GateName[],
): Promise<DeployResult> {
  const course = beginCourse(options.now);
  try {
    return await run(options, course, until, answers);
  } catch (error: unknown) {
    if (options.signal.aborted) return await cancel(options, course);
    const explained = explain(error, course.reached, options.environment);
    if (course.reached === 'nothing') throw explained;
    options.runner.debug(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return await ended(options, course, { state: 'unknown', why: failureLine(explained) });
  }
}

async function run(
  options: GoOnOptions,
  course: Course,
  until: 'switched' | 'done',
  answers: readonly GateName[],
): Promise<DeployResult> {
  const { aws, environment, release, runner } = options;
  const recent = await recentDeployments(aws, environment.aws);
  const own = await deploymentOf(options, recent);
  if (own === undefined) {
    throw new Failure('There is no deployment of this release to go on with', {
      where: `${environment.aws.cluster}/${environment.aws.service}`,
      why: `none of the newest ${recent.length} deployments brings ${release.digest} as version ${release.version}`,
      remedy: 'Run the step "deploy" first, with the same image and version',
    });
  }
  const { deployment, taskDefinition, definition } = own;
  course.definition = definition;
  course.hadService = recent.length > 1;
  course.result = { ...course.result, deployment, taskDefinition, attached: true };
  course.reached = 'moved';
  await unlessAborted(Promise.resolve(options.onDeployment(deployment, taskDefinition)), options.signal);
  runner.info(`Going on with ${deployment}.`);
  const { judge, looks } = createJudge({ ...options, answers, deployment });
  try {
    return withLooks(await conclude({ ...options, until, answers, judge }, course), looks());
  } finally {
    addTraffic(course, { looks: looks() });
  }
}

function withLooks(result: DeployResult, looks: DeployResult['traffic']['looks']): DeployResult {
  return { ...result, traffic: { ...result.traffic, looks } };
}

/**
 * The newest deployment of this very release. A digest may have been deployed as another version before: the task
 * definition has both.
 */
async function deploymentOf(
  { aws, release }: GoOnOptions,
  recent: readonly KnownDeployment[],
): Promise<
  | { readonly deployment: string; readonly taskDefinition: string; readonly definition: TaskDefinition }
  | undefined
> {
  const seen = new Set<string>();
  for (const { arn, taskDefinition } of recent) {
    if (taskDefinition === undefined || seen.has(taskDefinition)) continue;
    seen.add(taskDefinition);
    const definition = (await findTaskDefinition(aws, taskDefinition)) as TaskDefinition | undefined;
    const isOurs = definition?.containerDefinitions?.some(
      ({ image, environment = [] }) =>
        image === release.image &&
        environment.some(({ name, value }) => name === 'SLUICE_VERSION' && value === release.version),
    );
    if (definition !== undefined && isOurs === true) return { deployment: arn, taskDefinition, definition };
  }
  return undefined;
}
