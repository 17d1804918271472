import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { finishDeployment } from '../deployments.ts';
import { addEvent, messages } from '../events.ts';
import type { Failures } from '../failures.ts';
import type { DeploymentRecord, Rollout, ServiceRecord, ShiftRecord, TaskRecord } from '../model.ts';
import type { Placement } from '../placement.ts';
import { completeRollout, earliest } from '../rolling.ts';
import type { LoadBalancing } from '../world.ts';
import { decideRollback, wantedInRollback, type ObservedRollback } from './decide-rollback.ts';
import {
  decideShift,
  wantedTasks,
  type ObservedShift,
  type RollbackCause,
  type ShiftAction,
  type ShiftPace,
} from './decide.ts';
import { planOf, type PausePlan } from './plan.ts';
import { networkingFault, writeWeights } from './routes.ts';
import { sidesOf, straysOf, TaskSets, type Shifting, type Sides } from './task-sets.ts';

export interface TrafficShiftsOptions {
  readonly loadBalancing: LoadBalancing;
  readonly placement: Placement;
  readonly clock: Clock;
  readonly pace: ShiftPace;
  /** Something that outlives a restart changed. */
  readonly changed: () => void;
  readonly failures: Failures;
}

/** Whether a deployment is one that shifts traffic, and is under way in either direction. */
export function isShifting(deployment: DeploymentRecord | undefined): deployment is Shifting {
  if (deployment?.shift === undefined) return false;
  return deployment.status === 'IN_PROGRESS' || deployment.status === 'ROLLBACK_IN_PROGRESS';
}

/** Runs deployments that shift traffic: observes, asks what to do, does exactly that, and writes it down. */
export class TrafficShifts {
  readonly #options: TrafficShiftsOptions;
  readonly #sets: TaskSets;

  constructor(options: TrafficShiftsOptions) {
    this.#options = options;
    this.#sets = new TaskSets(options);
  }

  /**
   * Takes a deployment as far as it goes at the moment.
   * @param tasks of the service, those that have stopped left out
   * @returns when to look again although nothing changes; `undefined`: no need to
   */
  advance(service: ServiceRecord, deployment: Shifting, tasks: readonly TaskRecord[]): number | undefined {
    const sides = sidesOf(service, deployment);
    if (deployment.status === 'ROLLBACK_IN_PROGRESS') return this.#goBack(service, deployment, sides, tasks);
    const fault =
      deployment.shift.stage === 'PRE_SCALE_UP' && deployment.shift.weightsAt === undefined
        ? networkingFault(sides.routes, this.#options.loadBalancing)
        : undefined;
    if (fault !== undefined) {
      this.#rollBack(service, deployment, `of invalid networking configuration. ${fault}`);
      return this.#now();
    }
    for (;;) {
      const observed = this.#observe(service, deployment, sides, tasks);
      const action = decideShift(observed);
      if (action.kind !== 'wait') {
        this.#perform(service, deployment, sides, action);
        if (action.kind === 'roll-back' || action.kind === 'succeed') return this.#now();
        continue;
      }
      const wanted = wantedTasks(observed);
      const placed = [
        this.#sets.keep(service, sides.green, tasks, wanted.green),
        this.#sets.keep(service, sides.blue, tasks, wanted.blue),
        ...(wanted.strays === 'removed' ? this.#sets.removeStrays(service, sides, tasks) : []),
      ];
      return earliest([action.until, ...placed], observed.now);
    }
  }

  /** The way back: traffic first, then green's tasks. */
  #goBack(
    service: ServiceRecord,
    deployment: Shifting,
    sides: Sides,
    tasks: readonly TaskRecord[],
  ): number | undefined {
    const { loadBalancing, pace, changed } = this.#options;
    const { shift } = deployment;
    for (;;) {
      const observed: ObservedRollback = {
        now: this.#now(),
        settleMs: pace.settleMs,
        desiredCount: service.desiredCount,
        restoredAt: shift.restoredAt,
        ...this.#sets.count(service, sides, tasks),
      };
      const action = decideRollback(observed);
      switch (action.kind) {
        case 'restore':
          // Rules that this deployment has not written are not its to mend.
          if (shift.weightsAt !== undefined || shift.stage === 'RECONCILE_SERVICE') {
            writeWeights(sides.routes, { productionPercent: 0, testPercent: 0 }, loadBalancing);
          }
          Object.assign(shift, { productionPercent: 0, testPercent: 0, restoredAt: this.#now() });
          deployment.updatedAt = this.#now();
          changed();
          break;
        case 'finish':
          this.#finishRollback(service, deployment, sides);
          return this.#now();
        case 'wait': {
          const wanted = wantedInRollback(observed);
          const placed = [
            this.#sets.keep(service, sides.green, tasks, wanted.green, 'no new tasks'),
            this.#sets.keep(service, sides.blue, tasks, wanted.blue),
            ...(wanted.green === 0 ? this.#sets.removeStrays(service, sides, tasks) : []),
          ];
          return earliest([action.until, ...placed], observed.now);
        }
      }
    }
  }

  #finishRollback(service: ServiceRecord, deployment: Shifting, { blue }: Sides): void {
    const now = this.#now();
    if (blue === undefined) {
      finishDeployment(
        deployment,
        'ROLLBACK_FAILED',
        now,
        'No rollback candidate was found to run the rollback.',
      );
    } else {
      complete(service, blue, now);
      finishDeployment(deployment, 'ROLLBACK_SUCCESSFUL', now);
    }
    this.#options.changed();
  }

  #perform(
    service: ServiceRecord,
    deployment: Shifting,
    sides: Sides,
    action: Exclude<ShiftAction, { kind: 'wait' }>,
  ): void {
    const now = this.#now();
    const { shift } = deployment;
    deployment.updatedAt = now;
    switch (action.kind) {
      case 'enter':
        Object.assign(shift, { stage: action.stage, stepsDone: action.stepsDone, enteredAt: now });
        break;
      case 'pause':
        shift.hooks.unshift(...action.pauses.map((pause) => hookOf(pause, shift, now)));
        break;
      case 'time-out':
        for (const hook of shift.hooks) if (hook.hookId === action.hookId) hook.status = 'TIMED_OUT';
        break;
      case 'shift':
        writeWeights(sides.routes, action, this.#options.loadBalancing);
        Object.assign(shift, {
          productionPercent: action.productionPercent,
          testPercent: action.testPercent,
          weightsAt: now,
        });
        break;
      case 'roll-back':
        this.#rollBack(service, deployment, reasonOf(action.because));
        break;
      case 'succeed':
        if (sides.green !== undefined) complete(service, sides.green, now);
        finishDeployment(deployment, 'SUCCESSFUL', now);
        break;
    }
    this.#options.changed();
  }

  /** @param because what follows "Service deployment rolled back because" */
  #rollBack(service: ServiceRecord, deployment: Shifting, because: string): void {
    const why = `Service deployment rolled back because ${because}`;
    this.#options.failures.rollBack(service, deployment, {
      why,
      rolloutReason: `ECS deployment failed: ${because}`,
      failure: why.replace(/\.$/, ''),
    });
  }

  #observe(
    service: ServiceRecord,
    deployment: Shifting,
    sides: Sides,
    tasks: readonly TaskRecord[],
  ): ObservedShift {
    return {
      now: this.#now(),
      plan: planOf(deployment.deploymentConfiguration, sides.blue !== undefined),
      pace: this.#options.pace,
      state: deployment.shift,
      desiredCount: service.desiredCount,
      ...this.#sets.count(service, sides, tasks),
      strays: straysOf(sides, tasks).length,
      hasTestRule: sides.routes.some(({ pair }) => pair?.testRule !== undefined),
    };
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

/** The side that stays is the service now. */
function complete(service: ServiceRecord, rollout: Rollout, now: number): void {
  service.rollouts = [rollout];
  completeRollout(service, rollout, now);
  addEvent(service, messages.steady, now);
}

function hookOf(
  { stage, timeoutMs, timeoutAction }: PausePlan,
  shift: ShiftRecord,
  now: number,
): ShiftRecord['hooks'][number] {
  return {
    hookId: `ecs-pause-${randomBytes(32).toString('base64url')}`,
    stage,
    step: shift.stepsDone,
    status: 'AWAITING_ACTION',
    expiresAt: now + timeoutMs,
    timeoutAction,
  };
}

/** The words for a hook that timed out are ECS's own ("Troubleshooting …"); the others are not documented. */
function reasonOf(because: RollbackCause): string {
  switch (because.kind) {
    case 'hook-timed-out':
      return `${because.stage} pause hook timed out.`;
    case 'hook-answered':
      return `ContinueServiceDeployment was called with ROLLBACK at ${because.stage}.`;
    case 'stage-timed-out':
      return `${because.stage} did not complete within 24 hours.`;
  }
}
