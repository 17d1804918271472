import * as ecs from '@aws-sdk/client-ecs';
import type { Clock } from '../clock.ts';
import type { OperationSchema, Service } from '../wire/service.ts';
import type { EcsContext } from './context.ts';
import { isOngoing } from './deployments.ts';
import type { TaskDriver } from './drivers/driver.ts';
import { invalidParameter } from './errors.ts';
import type { EcsState, ServiceRecord } from './model.ts';
import { clusterOperations } from './operations/clusters.ts';
import { containerInstanceOperations } from './operations/container-instances.ts';
import { deploymentOperations } from './operations/deployments.ts';
import { serviceOperations } from './operations/services.ts';
import { tagOperations } from './operations/tags.ts';
import { taskDefinitionOperations } from './operations/task-definitions.ts';
import { taskOperations } from './operations/tasks.ts';
import { forgetTargets, moveTimes } from './restart.ts';
import { runningTasks, type RunningTask } from './running.ts';
import { refuseOtherAccounts } from './own-account.ts';
import { Services } from './services.ts';
import { Tasks } from './tasks.ts';
import type { ShiftPace } from './traffic-shift/decide.ts';
import type { EcsWorld } from './world.ts';

export interface EcsOptions {
  readonly world: EcsWorld;
  readonly clock: Clock;
  readonly driver: TaskDriver;
  /** Something that outlives a restart changed. */
  readonly changed: () => void;
  readonly log: (message: string) => void;
  /**
   * How long a task without a health check has to stay up to count as good, in milliseconds of real time. ECS itself
   * takes a task that is RUNNING for good, and lets some seconds pass before it calls a service steady; a process
   * that dies at once must not pass for a deployment here either.
   */
  readonly provenAfterMs?: number;
  /** How deployments that shift traffic are paced, in milliseconds of real time. */
  readonly pace?: ShiftPace;
}

/** To Application Auto Scaling: the desired count of a service. */
export interface ServiceScaling {
  /** `undefined` where there is no such active service. Names, not ARNs. */
  desiredCount(cluster: string, service: string): number | undefined;
  setDesiredCount(cluster: string, service: string, count: number): void;
  /** Whether a service deployment is in progress: nothing is scaled in then. */
  isDeploying(cluster: string, service: string): boolean;
}

export interface Ecs extends Service {
  /** For tests and faults: stop a task, let the next one fail. */
  readonly tasks: Tasks;
  readonly scaling: ServiceScaling;
  /** The tasks of services that run, to whoever measures them. */
  running(): readonly RunningTask[];
  /** Brings the services of a snapshot back up, and ends what an earlier run left running. */
  start(): Promise<void>;
  /** Stops every task, and waits for all of them. */
  stop(): Promise<void>;
  save(): EcsState;
  load(saved: EcsState): void;
}

/** Long enough that whoever polls once a second sees most stages, and that rules have reached the data plane. */
const defaultPace: ShiftPace = { dwellMs: 250, settleMs: 1500 };

/** Amazon ECS: clusters, task definitions, services with all deployment strategies, tasks. */
export function createEcs(options: EcsOptions): Ecs {
  const { world, clock, driver, changed, log, provenAfterMs = 2000, pace = defaultPace } = options;
  const state: EcsState = { clusters: [], taskDefinitions: [], services: [], lastRevision: {}, savedAt: 0 };
  const tasks: Tasks = new Tasks({
    world,
    clock,
    driver,
    provenAfterMs,
    log,
    changed: (task) => services.taskChanged(task),
    routed: (task, what) => services.taskRouted(task, what),
  });
  const services: Services = new Services({
    state,
    tasks,
    loadBalancing: world.loadBalancing,
    alarms: world.alarms,
    clock,
    pace: { dwellMs: pace.dwellMs * clock.scale, settleMs: pace.settleMs * clock.scale },
    changed,
  });
  const stopListening = [
    world.loadBalancing.onTargetChange((targetGroupArn) => tasks.targetsChanged(targetGroupArn)),
    world.alarms.onAlarmChange((name) => services.alarmChanged(name)),
  ];
  const context: EcsContext = { state, services, tasks, loadBalancing: world.loadBalancing, clock, changed };
  const activeServiceOf = (cluster: string, name: string): ServiceRecord | undefined =>
    state.services.find(
      (service) =>
        service.status === 'ACTIVE' && service.name === name && service.clusterArn.endsWith(`/${cluster}`),
    );
  const operations = refuseOtherAccounts({
    ...clusterOperations(context),
    ...containerInstanceOperations(context),
    ...taskDefinitionOperations(context),
    ...serviceOperations(context),
    ...deploymentOperations(context),
    ...taskOperations(context),
    ...tagOperations(context),
  });

  return {
    id: 'ecs',
    protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'AmazonEC2ContainerServiceV20141113' },
    schemas: Object.fromEntries(Object.keys(operations).map((name) => [name, schemaOf(name)])),
    operations,
    missingMember: (path) => invalidParameter(`${path} should not be null or empty.`),
    tasks,
    scaling: {
      desiredCount: (cluster, name) => activeServiceOf(cluster, name)?.desiredCount,
      setDesiredCount: (cluster, name, count) => {
        const service = activeServiceOf(cluster, name);
        if (service === undefined || service.desiredCount === count) return;
        service.desiredCount = count;
        services.schedule(service);
        changed();
      },
      isDeploying: (cluster, name) => activeServiceOf(cluster, name)?.deployments.some(isOngoing) ?? false,
    },
    running: () => runningTasks(tasks.list(), state.taskDefinitions),
    async start() {
      await driver.clean();
      forgetTargets(state, world.loadBalancing);
      for (const service of state.services) services.schedule(service);
    },
    async stop() {
      services.stop();
      for (const stop of stopListening) stop();
      await tasks.stopAll();
    },
    save: () => ({ ...state, savedAt: clock.now().getTime() }),
    load(saved) {
      Object.assign(state, saved);
      state.services.forEach((service) => moveTimes(service, clock.now().getTime() - saved.savedAt));
      // No task outlives the cloud: what the services had is started anew, and has yet to fail.
      for (const rollout of state.services.flatMap(({ rollouts }) => rollouts)) {
        rollout.failedTasks = 0;
        rollout.retryAt = 0;
      }
    },
  };
}

function schemaOf(operation: string): OperationSchema {
  const schema = (ecs as unknown as Record<string, OperationSchema | undefined>)[`${operation}$`];
  if (schema === undefined) {
    throw new Error(`@aws-sdk/client-ecs has no schema of the operation ${operation}.`);
  }
  return schema;
}
