import type { Clock } from '../clock.ts';
import type { Step } from './decide.ts';
import { addEvent, messages } from './events.ts';
import { containerInstanceId, type EcsState, type Rollout, type ServiceRecord } from './model.ts';
import type { Tasks } from './tasks.ts';
import { verdictOf } from './targets.ts';
import type { LoadBalancing } from './world.ts';

export interface PlacementOptions {
  readonly state: EcsState;
  readonly tasks: Tasks;
  readonly loadBalancing: LoadBalancing;
  readonly clock: Clock;
}

/** Starts and stops the tasks of services, and tells their events so. */
export class Placement {
  readonly #options: PlacementOptions;

  constructor(options: PlacementOptions) {
    this.#options = options;
  }

  /** @returns how many could be placed */
  start(service: ServiceRecord, rollout: Rollout, count: number): number {
    const { tasks, state } = this.#options;
    const definition = state.taskDefinitions.find(({ arn }) => arn === rollout.taskDefinitionArn);
    const cluster = state.clusters.find(({ arn }) => arn === service.clusterArn);
    const revision = service.revisions.find(({ arn }) => arn === rollout.revisionArn);
    if (definition === undefined || cluster === undefined) return count;
    for (let placed = 0; placed < count && rollout.state !== 'FAILED'; placed += 1) {
      if (tasks.occupiedHostPort(definition) !== undefined) {
        addEvent(service, messages.portTaken(containerInstanceId(cluster)), this.#now());
        return placed;
      }
      const task = tasks.start({
        cluster,
        definition,
        group: `service:${service.name}`,
        startedBy: rollout.id,
        launchType: service.launchType,
        overrides: {},
        tags: service.propagateTags === 'SERVICE' ? service.tags : [],
        routes: revision?.routes ?? [],
      });
      addEvent(service, messages.started(task.id), this.#now());
    }
    return count;
  }

  stop(service: ServiceRecord, rollout: Rollout, { id, why }: Step['stop'][number]): void {
    const { tasks, loadBalancing } = this.#options;
    const task = tasks.find(id);
    if (task === undefined) return;
    const verdict = verdictOf(task, loadBalancing);
    const ofLoadBalancer = task.healthStatus !== 'UNHEALTHY' && verdict.kind === 'unhealthy';
    if (why === 'unhealthy') {
      const message = ofLoadBalancer
        ? messages.unhealthyTarget(id, verdict.target, verdict.targetGroupArn)
        : messages.unhealthy(id);
      addEvent(service, message, this.#now());
    }
    addEvent(service, messages.stopped(id), this.#now());
    tasks.stop(task, {
      stopCode: 'ServiceSchedulerInitiated',
      reason:
        why !== 'unhealthy'
          ? `Scaling activity initiated by (deployment ${rollout.id})`
          : ofLoadBalancer
            ? `Task failed ELB health checks in (target-group ${verdict.targetGroupArn})`
            : 'Task failed container health checks',
      failed: why === 'unhealthy',
    });
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}
