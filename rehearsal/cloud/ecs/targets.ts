import { slept, type Clock } from '../clock.ts';
import { containerInstanceId, type ClusterRecord, type TaskRecord } from './model.ts';
import type { EcsWorld, LoadBalancing, TargetState } from './world.ts';

/** What a task's load balancers make of it. */
export type TargetVerdict =
  | { readonly kind: 'none' | 'healthy' | 'waiting' }
  | { readonly kind: 'unhealthy'; readonly target: TargetState; readonly targetGroupArn: string };

/** The instance that all tasks of a cluster are on, as target groups name it. */
function instanceId(cluster: ClusterRecord): string {
  return `i-${containerInstanceId(cluster).slice(0, 17)}`;
}

/** What a task that is RUNNING is registered as: the host ports of its containers, one for each route. */
export function targetsOf(
  task: TaskRecord,
  cluster: ClusterRecord,
  loadBalancing: LoadBalancing,
): TaskRecord['targets'] {
  return task.routes.flatMap(({ targetGroupArn, containerName, containerPort }) => {
    const bindings = task.containers.find(({ name }) => name === containerName)?.networkBindings ?? [];
    const port = bindings.find((binding) => binding.containerPort === containerPort)?.hostPort;
    if (port === undefined) return [];
    const { targetType } = loadBalancing.targetGroup(targetGroupArn) ?? { targetType: 'ip' };
    return [{ targetGroupArn, id: targetType === 'instance' ? instanceId(cluster) : '127.0.0.1', port }];
  });
}

export function verdictOf(task: TaskRecord, loadBalancing: LoadBalancing): TargetVerdict {
  if (task.routes.length === 0) return { kind: 'none' };
  if (task.targets.length < task.routes.length) return { kind: 'waiting' };
  const states = task.targets.map((target) => ({
    targetGroupArn: target.targetGroupArn,
    target: stateOf(target, loadBalancing),
  }));
  for (const { target, targetGroupArn } of states) {
    if (target?.state === 'unhealthy') return { kind: 'unhealthy', target, targetGroupArn };
  }
  return { kind: states.every(({ target }) => target?.state === 'healthy') ? 'healthy' : 'waiting' };
}

export function registerTargets(task: TaskRecord, loadBalancing: LoadBalancing): void {
  for (const { targetGroupArn, id, port } of task.targets)
    loadBalancing.register(targetGroupArn, { id, port });
}

export function deregisterTargets(task: TaskRecord, loadBalancing: LoadBalancing): void {
  for (const { targetGroupArn, id, port } of task.targets)
    loadBalancing.deregister(targetGroupArn, { id, port });
}

/** The longest deregistration delay that a target group can have, in milliseconds of the cloud's time. */
const longestDrainMs = 3_600_000;

/** Resolves when no target group knows the task any more, or when the signal ends the wait. */
export async function drained(
  task: TaskRecord,
  { world: { loadBalancing }, clock }: { readonly world: EcsWorld; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const gone = (): boolean => task.targets.every((target) => stateOf(target, loadBalancing) === undefined);
  if (gone()) return;
  const over = new AbortController();
  const stopListening = loadBalancing.onTargetChange(() => {
    if (gone()) over.abort();
  });
  // Whichever comes first: all targets gone, the rehearsal ending, or more time than a group may take.
  await slept(clock, longestDrainMs, AbortSignal.any([over.signal, signal]));
  stopListening();
}

function stateOf(
  { targetGroupArn, id, port }: TaskRecord['targets'][number],
  loadBalancing: LoadBalancing,
): TargetState | undefined {
  return loadBalancing
    .targetHealth(targetGroupArn)
    .find((target) => target.id === id && target.port === port);
}
