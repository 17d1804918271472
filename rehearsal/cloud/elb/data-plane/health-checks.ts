import { setMaxListeners } from 'node:events';
import { slept, type Clock } from '../../clock.ts';
import { loadBalancersOf, type ElbState, type TargetGroupRecord, type TargetRecord } from '../model.ts';
import { afterCheck, checkHealth, unchecked } from './health-check.ts';
import { targetKey } from './stickiness.ts';

export interface HealthChecksOptions {
  readonly state: ElbState;
  readonly clock: Clock;
  /** Whether a target is made to fail its health checks. */
  readonly isBroken: (targetGroupArn: string, target: TargetRecord) => boolean;
  /** A target's health changed, or it is gone. */
  readonly targetChanged: (targetGroupArn: string) => void;
  /** A target has drained, and what is still on its way to it is to be broken off. */
  readonly drained: (targetGroupArn: string, target: TargetRecord) => void;
}

/** Asks each target how it is, at its group's interval of the cloud's time, and counts down what drains. */
export class HealthChecks {
  readonly #options: HealthChecksOptions;
  readonly #watches = new Map<string, AbortController>();
  readonly #stopping = new AbortController();

  constructor(options: HealthChecksOptions) {
    this.#options = options;
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Begins a target's health checks, or what is left of its draining. */
  watch(group: TargetGroupRecord, target: TargetRecord): void {
    this.forget(group.arn, target);
    if (target.state === 'draining') {
      void this.#drain(group, target);
      return;
    }
    const watch = new AbortController();
    this.#watches.set(keyOf(group.arn, target), watch);
    void this.#check(group, target, watch.signal);
  }

  /** A group may be in use only now: its targets are asked at once, and not when their next turn comes. */
  wake(group: TargetGroupRecord): void {
    for (const target of group.targets) {
      if (target.state === 'initial' && target.streak.length === 0) this.watch(group, target);
    }
  }

  forget(groupArn: string, target: TargetRecord): void {
    const key = keyOf(groupArn, target);
    this.#watches.get(key)?.abort(new Error('The target is gone, or watched anew.'));
    this.#watches.delete(key);
  }

  stop(): void {
    const reason = new Error('The cloud is stopping.');
    this.#stopping.abort(reason);
    for (const watch of this.#watches.values()) watch.abort(reason);
    this.#watches.clear();
  }

  /** It gets no new requests, and is gone when its delay is over. */
  async #drain(group: TargetGroupRecord, target: TargetRecord): Promise<void> {
    const { clock, targetChanged, drained } = this.#options;
    const leftMs = (target.drainedAt ?? 0) - clock.now().getTime();
    if (leftMs > 0 && !(await slept(clock, leftMs, this.#stopping.signal))) return;
    const current = find(group, target);
    // It may have been registered again meanwhile, and even deregistered again.
    if (current?.state !== 'draining' || current.drainedAt !== target.drainedAt) return;
    drained(group.arn, target);
    group.targets = group.targets.filter((one) => one !== current);
    targetChanged(group.arn);
  }

  async #check(group: TargetGroupRecord, watched: TargetRecord, signal: AbortSignal): Promise<void> {
    const { clock, state, isBroken, targetChanged } = this.#options;
    do {
      // Nobody asks the targets of a group that nothing refers to.
      const isUsed = loadBalancersOf(state, group.arn).length > 0;
      const result = !isUsed
        ? undefined
        : isBroken(group.arn, watched)
          ? madeToFail
          : await checkHealth(group.healthCheck, watched.port, signal);
      const before = find(group, watched);
      if (signal.aborted || before === undefined || before.state === 'draining') return;
      const after =
        result === undefined
          ? { id: before.id, port: before.port, ...unchecked }
          : afterCheck(before, result, group.healthCheck);
      group.targets = group.targets.map((one) => (one === before ? after : one));
      if (after.state !== before.state || after.description !== before.description) targetChanged(group.arn);
    } while (await slept(clock, group.healthCheck.intervalSeconds * 1000, signal));
  }
}

const madeToFail = {
  isGood: false,
  reason: 'Target.FailedHealthChecks',
  description: 'Health checks failed',
} as const;

export function keyOf(groupArn: string, target: Pick<TargetRecord, 'id' | 'port'>): string {
  return `${groupArn} ${targetKey(target)}`;
}

function find(group: TargetGroupRecord, { id, port }: TargetRecord): TargetRecord | undefined {
  return group.targets.find((target) => target.id === id && target.port === port);
}
