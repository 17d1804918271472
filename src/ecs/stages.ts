/**
 * The stages of a deployment that shifts traffic, in order. A stage may pass between two looks, so that positions are
 * compared and not names; PRE_PRODUCTION_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT come again for each step.
 *
 * Source: ECS developer guide, "Amazon ECS blue/green deployments".
 */
const stages = [
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

export type Stage = (typeof stages)[number];

/** Whether a deployment is at a stage or beyond it. A name that is not known here is at none: it is only waited for. */
export function hasReached(stage: string | undefined, wanted: Stage): boolean {
  return stages.indexOf(stage as Stage) >= stages.indexOf(wanted);
}

/** The gates of `deploy.gates` in sluice.yml. */
export type GateName = 'beforeTraffic' | 'eachStep' | 'afterTraffic';

/** Where ECS pauses for each. It takes no pause at TEST_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT. */
export const stageOfGate = {
  beforeTraffic: 'POST_TEST_TRAFFIC_SHIFT',
  eachStep: 'PRE_PRODUCTION_TRAFFIC_SHIFT',
  afterTraffic: 'POST_PRODUCTION_TRAFFIC_SHIFT',
} as const satisfies Readonly<Record<GateName, Stage>>;

/** The gate of a stage, where sluice.yml can have one there. */
export function gateAt(stage: string | undefined): GateName | undefined {
  switch (stage) {
    case 'POST_TEST_TRAFFIC_SHIFT':
      return 'beforeTraffic';
    case 'PRE_PRODUCTION_TRAFFIC_SHIFT':
      return 'eachStep';
    case 'POST_PRODUCTION_TRAFFIC_SHIFT':
      return 'afterTraffic';
    default:
      return undefined;
  }
}
