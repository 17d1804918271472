import type { Rollout, ServiceRecord } from './model.ts';
import { lifecycleStages } from './traffic-shift/plan.ts';
import { isShifting } from './traffic-shift/shift.ts';

/** How many tasks a rollout is to have at the moment, as the answers of ECS say it. */
export function requestedTasks(service: ServiceRecord, rollout: Rollout): number {
  const [deployment] = service.deployments;
  if (!isShifting(deployment)) return rollout === service.rollouts[0] ? service.desiredCount : 0;
  const { stage, blueRevisionArn, restoredAt } = deployment.shift;
  const isAtLeast = (other: typeof stage): boolean =>
    lifecycleStages.indexOf(stage) >= lifecycleStages.indexOf(other);
  const goesBack = deployment.status === 'ROLLBACK_IN_PROGRESS';
  if (rollout.revisionArn === deployment.targetRevisionArn) {
    const leaves = goesBack && restoredAt !== undefined;
    return isAtLeast('SCALE_UP') && !leaves ? service.desiredCount : 0;
  }
  if (rollout.revisionArn !== blueRevisionArn) return 0;
  return goesBack || !isAtLeast('CLEAN_UP') ? service.desiredCount : 0;
}
