import type { EcsState, ServiceRecord } from './model.ts';
import type { LoadBalancing } from './world.ts';

/** No task outlives the cloud: what the target groups of services still have is nobody's. */
export function forgetTargets({ services }: EcsState, loadBalancing: LoadBalancing): void {
  const routes = services.flatMap(({ revisions }) => revisions).flatMap(({ routes: own }) => own);
  for (const targetGroupArn of new Set(routes.map((route) => route.targetGroupArn))) {
    for (const { id, port, state } of loadBalancing.targetHealth(targetGroupArn)) {
      if (state !== 'draining') loadBalancing.deregister(targetGroupArn, { id, port });
    }
  }
}

/**
 * A cloud that was not there has spent no time: bakes and pauses go on with what was left of them. Without this they
 * would be over, or, as a fast clock starts again at the machine's present, last for many times as long.
 */
export function moveTimes(service: ServiceRecord, byMs: number): void {
  const [deployment] = service.deployments;
  if (deployment?.shift === undefined) return;
  const { shift } = deployment;
  shift.enteredAt += byMs;
  if (shift.weightsAt !== undefined) shift.weightsAt += byMs;
  if (shift.restoredAt !== undefined) shift.restoredAt += byMs;
  shift.hooks = shift.hooks.map((hook) => ({ ...hook, expiresAt: hook.expiresAt + byMs }));
}
