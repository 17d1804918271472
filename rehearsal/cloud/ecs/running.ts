import type { TaskDefinitionRecord, TaskRecord } from './model.ts';

/** A task of a service that runs, to whoever measures it. */
export interface RunningTask {
  readonly cluster: string;
  readonly service: string;
  readonly taskId: string;
  /** Reserved by its task definition; 0 where nothing is. 1024 are one vCPU. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** Process ids or container ids, as the driver has them. */
  readonly runtimeIds: readonly string[];
}

export function runningTasks(
  tasks: readonly TaskRecord[],
  definitions: readonly TaskDefinitionRecord[],
): readonly RunningTask[] {
  return tasks.flatMap((task) => {
    if (task.lastStatus !== 'RUNNING' || !task.group.startsWith('service:')) return [];
    const definition = definitions.find(({ arn }) => arn === task.taskDefinitionArn)?.definition;
    if (definition === undefined) return [];
    const containers = definition.containerDefinitions;
    const ofAll = (reserved: (container: (typeof containers)[number]) => number | undefined): number =>
      containers.reduce((sum, container) => sum + (reserved(container) ?? 0), 0);
    return [
      {
        cluster: task.clusterArn.split('/').at(-1) ?? '',
        service: task.group.slice('service:'.length),
        taskId: task.id,
        cpuUnits: Number(definition.cpu ?? 0) || ofAll(({ cpu }) => cpu),
        memoryMiB:
          Number(definition.memory ?? 0) ||
          ofAll(({ memory, memoryReservation }) => memory ?? memoryReservation),
        runtimeIds: task.containers.flatMap(({ runtimeId }) => runtimeId ?? []),
      },
    ];
  });
}
