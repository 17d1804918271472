import type { DeploymentConfiguration, DeploymentLifecycleHook } from '@aws-sdk/client-ecs';

/**
 * The stages of a deployment that shifts traffic, in their order. PRE_PRODUCTION_TRAFFIC_SHIFT and
 * PRODUCTION_TRAFFIC_SHIFT are gone through once for each step of a canary or linear deployment.
 *
 * Source: ECS developer guide, "Amazon ECS blue/green deployments", lifecycle stages.
 */
export const lifecycleStages = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP',
] as const;

export type LifecycleStage = (typeof lifecycleStages)[number];

/** What a deployment configuration means for one deployment. Times are milliseconds of the cloud's clock. */
export interface ShiftPlan {
  /** Percent of the production traffic on green after each step, rising; the last is 100. */
  readonly steps: readonly number[];
  /** Between two steps. */
  readonly stepBakeMs: number;
  /** Between the last step and the removal of blue. */
  readonly bakeMs: number;
  readonly pauses: readonly PausePlan[];
}

export interface PausePlan {
  readonly stage: LifecycleStage;
  readonly timeoutMs: number;
  readonly timeoutAction: 'CONTINUE' | 'ROLLBACK';
}

/** ECS's defaults, where the configuration leaves something out. Source: ECS API reference, DeploymentConfiguration. */
const defaults = {
  canaryPercent: 5,
  canaryBakeMinutes: 10,
  stepPercent: 10,
  stepBakeMinutes: 6,
  pauseMinutes: 1440,
} as const;

const minuteMs = 60_000;

/** @param hasBlue whether there is a side to take traffic from: without one, all of it goes to green at once */
export function planOf(configuration: DeploymentConfiguration, hasBlue: boolean): ShiftPlan {
  const { bakeTimeInMinutes = 0, lifecycleHooks = [] } = configuration;
  return {
    ...(hasBlue ? stepsOf(configuration) : { steps: [100], stepBakeMs: 0 }),
    bakeMs: bakeTimeInMinutes * minuteMs,
    pauses: lifecycleHooks.flatMap(pausesOf),
  };
}

function stepsOf({
  strategy = 'ROLLING',
  canaryConfiguration,
  linearConfiguration,
}: DeploymentConfiguration): Pick<ShiftPlan, 'steps' | 'stepBakeMs'> {
  switch (strategy) {
    case 'CANARY': {
      const { canaryPercent = defaults.canaryPercent, canaryBakeTimeInMinutes = defaults.canaryBakeMinutes } =
        canaryConfiguration ?? {};
      return { steps: risingTo100([canaryPercent]), stepBakeMs: canaryBakeTimeInMinutes * minuteMs };
    }
    case 'LINEAR': {
      const { stepPercent = defaults.stepPercent, stepBakeTimeInMinutes = defaults.stepBakeMinutes } =
        linearConfiguration ?? {};
      // Percentages have one decimal: tenths keep 3 × 33.3 from becoming 99.89999999999999.
      const steps = Array.from(
        { length: Math.floor(100 / stepPercent) },
        (_, index) => Math.round((index + 1) * stepPercent * 10) / 10,
      );
      return { steps: risingTo100(steps), stepBakeMs: stepBakeTimeInMinutes * minuteMs };
    }
    case 'BLUE_GREEN':
    case 'ROLLING':
      return { steps: [100], stepBakeMs: 0 };
  }
}

function risingTo100(steps: readonly number[]): number[] {
  return [...steps.filter((percent) => percent < 100), 100];
}

function pausesOf({
  lifecycleStages: stages = [],
  timeoutConfiguration,
}: DeploymentLifecycleHook): PausePlan[] {
  const { timeoutInMinutes = defaults.pauseMinutes, action = 'ROLLBACK' } = timeoutConfiguration ?? {};
  return stages.map((stage) => ({ stage, timeoutMs: timeoutInMinutes * minuteMs, timeoutAction: action }));
}
