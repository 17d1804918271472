import type { Ruling } from '../traffic/index.ts';
import { createProgress, type Runner } from '../github/index.ts';
import { ended, noteSight, type Course, type CourseOptions } from './course.ts';
import type { Outcome, Until } from './decision.ts';
import { follow } from './follow.ts';
import { isSuperseded, type Sight } from './observe.ts';
import { pairOf } from './observe-shift.ts';
import { proveDeployed } from './proof.ts';
import type { DeployResult } from './result.ts';
import { shiftStepsOf } from './service-input.ts';
import type { GateName } from './stages.ts';
import type { Release } from './task-definition/build.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface ConcludeOptions extends CourseOptions {
  readonly release: Release;
  readonly runner: Runner;
  readonly until: Until;
  /** The gates that this run answers. */
  readonly answers: readonly GateName[];
  readonly judge?: (sight: Sight) => Promise<Ruling | undefined>;
  readonly now: () => number;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** More failed tasks in a row than this are a crash loop. ECS's own circuit breaker begins at three as well. */
const failuresAllowed = 3;

/** A tenth of a gate's time is kept to go back in, before ECS does it by itself. */
const gateMargin = 0.1;

/** Follows the deployment that the course has reached as far as is asked for, and proves it where it is done. */
export async function conclude(options: ConcludeOptions, course: Course): Promise<DeployResult> {
  const { runner, signal } = options;
  const outcome = await runner.group('Following the deployment', () => followCourse(options, course));
  course.lap('Rollout');
  switch (outcome.state) {
    case 'successful':
      return prove(options, course, signal);
    case 'ready':
    case 'switched':
      runner.info(`As far as was asked for: ${outcome.what}.`);
      return reached(course, outcome.state);
    case 'rolled-back':
    case 'failed':
    case 'held':
    case 'superseded':
    case 'unknown':
      return ended(options, course, outcome);
  }
}

function reached({ result, timeline }: Course, state: 'ready' | 'switched' | 'deployed'): DeployResult {
  return {
    ...result,
    timeline,
    state,
    why: undefined,
    blame: undefined,
    proof: undefined,
    evidence: undefined,
  };
}

async function followCourse(options: ConcludeOptions, course: Course): Promise<Outcome> {
  const { environment, runner, now, until, answers } = options;
  const { deploy } = environment;
  const shifts = pairOf(environment) !== undefined;
  // Each gate has a time of its own, on top of what the deployment may take.
  const steps = shiftStepsOf(environment);
  const waits = answers.map((gate) => (gate === 'eachStep' ? steps.length - 1 : 1) * deploy.gateTimeout);
  const deadline = now() + deploy.timeout + waits.reduce((sum, ms) => sum + ms, 0);
  const { deployment, taskDefinition } = course.result;
  return follow({
    ...options,
    name: environment.aws,
    deployment,
    taskDefinition,
    plan: {
      deadline,
      circuitBreaker: deploy.strategy === 'rolling' && deploy.circuitBreaker,
      failuresAllowed,
      shift: shifts ? { until, answers, steps, gateMarginMs: deploy.gateTimeout * gateMargin } : undefined,
    },
    onSight: (sight) => noteSight(course, sight),
    progress: createProgress({ print: (line) => runner.info(line), now, deadline }),
  });
}

async function prove(options: ConcludeOptions, course: Course, signal: AbortSignal): Promise<DeployResult> {
  const { aws, environment, runner } = options;
  const { deployment, taskDefinition } = course.result;
  course.reached = 'ended';
  const { checks: proof, blame } = await runner.group('Proof', () =>
    unlessAborted(proveDeployed({ ...options, deployment, taskDefinition }), signal),
  );
  course.lap('Proof');
  const unproven = proof.filter(({ verdict }) => verdict === 'does not hold');
  if (unproven.length === 0) return { ...reached(course, 'deployed'), proof };
  if (await isSuperseded(aws, environment.aws, deployment)) {
    return ended(options, course, { state: 'superseded' });
  }
  const gaps = unproven.map(({ what, found }) => `${what} (found: ${found})`).join('; ');
  const why = `ECS reports success, and it is not proven. It does not hold that: ${gaps}`;
  return { ...(await ended(options, course, { state: 'unproven', why, blame })), proof };
}
