import { setMaxListeners } from 'node:events';
import { Agent, type Server } from 'node:http';
import type { Clock } from '../../clock.ts';
import type { MetricSink } from '../../cloudwatch/sink.ts';
import {
  loadBalancersOf,
  type ElbState,
  type ListenerRecord,
  type TargetGroupRecord,
  type TargetRecord,
} from '../model.ts';
import { Accounts } from './accounts.ts';
import { afterCheck, checkHealth } from './health-check.ts';
import { openListener } from './listener.ts';
import type { LiveRule } from './routing.ts';
import { targetKey } from './stickiness.ts';

export interface DataPlaneOptions {
  readonly state: ElbState;
  readonly clock: Clock;
  readonly metrics: MetricSink;
  /** How long a changed rule needs to get here, in milliseconds of real time. */
  readonly propagationMs: () => number;
  /** Whether a target is made to fail its health checks. */
  readonly isBroken: (targetGroupArn: string, target: TargetRecord) => boolean;
  /** A target's health changed, or it is gone. */
  readonly targetChanged: (targetGroupArn: string) => void;
}

/** A target before its first health check. */
export const unchecked = {
  state: 'initial',
  reason: 'Elb.RegistrationInProgress',
  description: 'Target registration is in progress',
  streak: { isGood: true, length: 0 },
} as const;

const hostCountEveryMs = 60_000;

/** The part of a load balancer that requests go through: listeners, routing, health checks, draining. */
export class DataPlane {
  readonly #options: DataPlaneOptions;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
  readonly #servers = new Map<string, Server>();
  readonly #rules = new Map<string, readonly LiveRule[]>();
  readonly #accounts = new Map<string, Accounts>();
  readonly #turns = new Map<string, number>();
  /** One for each target: ends what is still on its way to it. */
  readonly #targets = new Map<string, AbortController>();
  /** One for each target: ends its health checks. */
  readonly #checks = new Map<string, AbortController>();
  readonly #stopping = new AbortController();

  constructor(options: DataPlaneOptions) {
    this.#options = options;
    setMaxListeners(0, this.#stopping.signal);
  }

  /** Takes up what a snapshot has. @returns the listeners whose ports are taken */
  async start(): Promise<ListenerRecord[]> {
    const failed: ListenerRecord[] = [];
    for (const listener of this.#options.state.listeners) {
      await this.open(listener).catch(() => failed.push(listener));
    }
    for (const group of this.#options.state.targetGroups) {
      for (const target of group.targets) this.watch(group, target);
    }
    void this.#countHosts();
    return failed;
  }

  /** @throws where the port is taken */
  async open(listener: ListenerRecord): Promise<void> {
    const { state } = this.#options;
    const loadBalancer = state.loadBalancers.find(({ arn }) => arn === listener.loadBalancerArn);
    if (loadBalancer === undefined) return;
    const server = await openListener({
      loadBalancer,
      port: listener.port,
      agent: this.#agent,
      accounts: this.accountsOf(loadBalancer.arn),
      rules: () => this.#rules.get(listener.arn) ?? [],
      group: (arn) => this.#group(arn),
      turn: (arn) => {
        const turn = this.#turns.get(arn) ?? 0;
        this.#turns.set(arn, turn + 1);
        return turn;
      },
      signalOf: (arn, target) => this.#controllerOf(arn, target).signal,
    });
    this.#servers.set(listener.arn, server);
    this.#rules.set(listener.arn, this.#rulesOf(listener.arn));
  }

  close(listenerArn: string): void {
    const server = this.#servers.get(listenerArn);
    server?.close();
    server?.closeAllConnections();
    this.#servers.delete(listenerArn);
    this.#rules.delete(listenerArn);
  }

  /** A listener's rules are others now: what they are at this moment gets here later. */
  propagate(listenerArn: string): void {
    const rules = this.#rulesOf(listenerArn);
    const arrive = (): void => {
      if (this.#servers.has(listenerArn)) this.#rules.set(listenerArn, rules);
    };
    const delay = this.#options.propagationMs();
    // Not through the cloud's clock: how far the API runs ahead of the traffic is told in the traffic's own time.
    if (delay === 0) arrive();
    else setTimeout(arrive, delay).unref();
  }

  /** Where requests go now, whatever the API says already. */
  liveRules(listenerArn: string): readonly LiveRule[] {
    return this.#rules.get(listenerArn) ?? [];
  }

  accountsOf(loadBalancerArn: string): Accounts {
    let accounts = this.#accounts.get(loadBalancerArn);
    if (accounts === undefined) {
      const { metrics, clock } = this.#options;
      accounts = new Accounts(loadBalancerArn, metrics, () => clock.now().getTime());
      this.#accounts.set(loadBalancerArn, accounts);
    }
    return accounts;
  }

  /** Begins a target's health checks, or what is left of its draining. */
  watch(group: TargetGroupRecord, target: TargetRecord): void {
    const key = `${group.arn} ${targetKey(target)}`;
    this.#checks.get(key)?.abort(new Error('It is watched anew.'));
    if (target.state === 'draining') {
      void this.#drain(group, target);
      return;
    }
    const checks = new AbortController();
    this.#checks.set(key, checks);
    void this.#check(group, target, checks.signal);
  }

  /** It gets no new requests, and is gone when its delay is over. */
  async #drain(group: TargetGroupRecord, target: TargetRecord): Promise<void> {
    const { clock, targetChanged } = this.#options;
    const leftMs = (target.drainedAt ?? 0) - clock.now().getTime();
    try {
      if (leftMs > 0) await clock.sleep(leftMs, this.#stopping.signal);
    } catch {
      return;
    }
    const current = find(group, target);
    // It may have been registered again meanwhile.
    if (current?.state !== 'draining') return;
    this.forget(group.arn, target);
    group.targets = group.targets.filter((one) => one !== current);
    targetChanged(group.arn);
  }

  async #check(group: TargetGroupRecord, watched: TargetRecord, signal: AbortSignal): Promise<void> {
    const { isBroken, state, targetChanged } = this.#options;
    for (;;) {
      if (loadBalancersOf(state, group.arn).length === 0) {
        // Nobody asks the targets of a group that nothing refers to.
        this.#put(group, watched, (target) => ({ ...target, ...unchecked }));
        if (!(await this.#pause(group, signal))) return;
        continue;
      }
      const result = isBroken(group.arn, watched)
        ? ({
            isGood: false,
            reason: 'Target.FailedHealthChecks',
            description: 'Health checks failed',
          } as const)
        : await checkHealth(group.healthCheck, watched.port, signal);
      const before = find(group, watched);
      if (signal.aborted || before === undefined || before.state === 'draining') return;
      const after = afterCheck(before, result, group.healthCheck);
      this.#put(group, watched, () => after);
      if (after.state !== before.state || after.description !== before.description) targetChanged(group.arn);
      if (!(await this.#pause(group, signal))) return;
    }
  }

  /** Until the next health check. @returns whether there is one */
  async #pause({ healthCheck }: TargetGroupRecord, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.clock.sleep(healthCheck.intervalSeconds * 1000, signal);
      return true;
    } catch {
      return false;
    }
  }

  #put(group: TargetGroupRecord, target: TargetRecord, change: (target: TargetRecord) => TargetRecord): void {
    const current = find(group, target);
    if (current === undefined || current.state === 'draining') return;
    group.targets = group.targets.map((one) => (one === current ? change(one) : one));
  }

  /** Ends what a target still has to do with. */
  forget(groupArn: string, target: TargetRecord): void {
    const key = `${groupArn} ${targetKey(target)}`;
    for (const ended of [this.#targets, this.#checks]) {
      ended.get(key)?.abort(new Error('The target is gone.'));
      ended.delete(key);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('The cloud is stopping.'));
    for (const controller of [...this.#targets.values(), ...this.#checks.values()]) {
      controller.abort(new Error('The cloud is stopping.'));
    }
    const closed = [...this.#servers.values()].map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const server of this.#servers.values()) server.closeAllConnections();
    await Promise.all(closed);
    this.#agent.destroy();
  }

  async #countHosts(): Promise<void> {
    const { state, clock } = this.#options;
    for (;;) {
      try {
        await clock.sleep(hostCountEveryMs, this.#stopping.signal);
      } catch {
        return;
      }
      for (const group of state.targetGroups) {
        const of = (wanted: TargetRecord['state']): number =>
          group.targets.filter((target) => target.state === wanted).length;
        for (const arn of loadBalancersOf(state, group.arn)) {
          this.accountsOf(arn).countHosts(group.arn, of('healthy'), of('unhealthy'));
        }
      }
    }
  }

  #controllerOf(groupArn: string, target: TargetRecord): AbortController {
    const key = `${groupArn} ${targetKey(target)}`;
    let controller = this.#targets.get(key);
    if (controller === undefined) {
      controller = new AbortController();
      setMaxListeners(0, controller.signal);
      this.#targets.set(key, controller);
    }
    return controller;
  }

  #group(arn: string): TargetGroupRecord | undefined {
    return this.#options.state.targetGroups.find((group) => group.arn === arn);
  }

  #rulesOf(listenerArn: string): LiveRule[] {
    const order = (priority: number | 'default'): number => (priority === 'default' ? Infinity : priority);
    return this.#options.state.rules
      .filter((rule) => rule.listenerArn === listenerArn)
      .sort((a, b) => order(a.priority) - order(b.priority))
      .map(({ arn, conditions, actions }) => structuredClone({ arn, conditions, actions }));
  }
}

function find(group: TargetGroupRecord, { id, port }: TargetRecord): TargetRecord | undefined {
  return group.targets.find((target) => target.id === id && target.port === port);
}
