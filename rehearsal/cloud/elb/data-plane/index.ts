import { Agent, type Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { slept, type Clock } from '../../clock.ts';
import type { MetricSink } from '../../cloudwatch/sink.ts';
import {
  forwardOf,
  loadBalancersOf,
  type ElbState,
  type ListenerRecord,
  type TargetGroupRecord,
  type TargetRecord,
} from '../model.ts';
import { secureContextOf, type Certificates } from '../tls.ts';
import { Accounts } from './accounts.ts';
import { HealthChecks, keyOf } from './health-checks.ts';
import { InFlight } from './in-flight.ts';
import { openListener } from './listener.ts';
import { liveRules, type LiveRule } from './routing.ts';

export interface DataPlaneOptions {
  readonly state: ElbState;
  readonly clock: Clock;
  readonly metrics: MetricSink;
  readonly certificates: Certificates;
  /** How long a changed rule needs to get here, in milliseconds of real time. */
  readonly propagationMs: () => number;
  /** Whether a target is made to fail its health checks. */
  readonly isBroken: (targetGroupArn: string, target: TargetRecord) => boolean;
  /** A target's health changed, or it is gone. */
  readonly targetChanged: (targetGroupArn: string) => void;
}

/** A listener whose port is open. */
interface OpenListener {
  readonly server: Server | SecureServer;
  rules: readonly LiveRule[];
  /** Of the change that the rules are as after. */
  version: number;
}

const hostCountEveryMs = 60_000;

/** The part of a load balancer that requests go through: listeners, routing, health checks, draining. */
export class DataPlane {
  readonly #options: DataPlaneOptions;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
  readonly #listeners = new Map<string, OpenListener>();
  readonly #accounts = new Map<string, Accounts>();
  readonly #turns = new Map<string, number>();
  /** What is on its way, by target. */
  readonly #inFlight = new Map<string, InFlight>();
  readonly #health: HealthChecks;
  readonly #stopping = new AbortController();
  /** Grows with each change of any listener's rules. */
  #version = 0;

  constructor(options: DataPlaneOptions) {
    const { state, clock, isBroken, targetChanged } = options;
    this.#options = options;
    this.#health = new HealthChecks({
      state,
      clock,
      isBroken,
      targetChanged,
      drained: (groupArn, target) => this.forget(groupArn, target),
    });
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

  /** @throws where the port is taken, or the certificate is gone */
  async open(listener: ListenerRecord): Promise<void> {
    const { state, certificates } = this.#options;
    const loadBalancer = state.loadBalancers.find(({ arn }) => arn === listener.loadBalancerArn);
    if (loadBalancer === undefined) return;
    const rules = liveRules(state.rules, listener.arn);
    const server = await openListener({
      loadBalancer,
      protocol: listener.tls === undefined ? 'http' : 'https',
      secure: listener.tls === undefined ? undefined : secureContextOf(listener.tls, certificates),
      port: listener.port,
      agent: this.#agent,
      accounts: this.accountsOf(loadBalancer.arn),
      rules: () => this.#listeners.get(listener.arn)?.rules ?? rules,
      group: (arn) => this.#group(arn),
      turn: (arn) => {
        const turn = this.#turns.get(arn) ?? 0;
        this.#turns.set(arn, turn + 1);
        return turn;
      },
      random: Math.random,
      inFlight: (arn, target) => this.#inFlightTo(arn, target),
    });
    this.#listeners.set(listener.arn, { server, rules, version: this.#version });
    this.#wake(listener.arn);
  }

  close(listenerArn: string): void {
    const open = this.#listeners.get(listenerArn);
    open?.server.close();
    open?.server.closeAllConnections();
    this.#listeners.delete(listenerArn);
  }

  /** A listener's certificate or policy is another now: for connections that come, as on AWS. */
  secure({ arn, tls }: ListenerRecord): void {
    const open = this.#listeners.get(arn);
    if (open === undefined || tls === undefined || !('setSecureContext' in open.server)) return;
    open.server.setSecureContext(secureContextOf(tls, this.#options.certificates));
  }

  /** A listener's rules are others now: what they are at this moment gets here later. */
  propagate(listenerArn: string): void {
    const rules = liveRules(this.#options.state.rules, listenerArn);
    const version = (this.#version += 1);
    const arrive = (): void => {
      const open = this.#listeners.get(listenerArn);
      // The delay can be changed: what was said later may have come first.
      if (open !== undefined && open.version < version) Object.assign(open, { rules, version });
    };
    const delayMs = this.#options.propagationMs();
    // Not through the cloud's clock: how far the API runs ahead of the traffic is told in the traffic's own time.
    if (delayMs === 0) arrive();
    else setTimeout(arrive, delayMs).unref();
    this.#wake(listenerArn);
  }

  /** Where requests go now, whatever the API says already. */
  liveRules(listenerArn: string): readonly LiveRule[] {
    return this.#listeners.get(listenerArn)?.rules ?? [];
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
    this.#health.watch(group, target);
  }

  /** Ends what a target still has to do with. */
  forget(groupArn: string, target: TargetRecord): void {
    this.#health.forget(groupArn, target);
    const key = keyOf(groupArn, target);
    this.#inFlight.get(key)?.cut();
    this.#inFlight.delete(key);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('The cloud is stopping.'));
    this.#health.stop();
    const closed = [...this.#listeners.values()].map(
      ({ server }) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const inFlight of this.#inFlight.values()) inFlight.cut();
    for (const { server } of this.#listeners.values()) server.closeAllConnections();
    await Promise.all(closed);
    this.#agent.destroy();
  }

  async #countHosts(): Promise<void> {
    const { state, clock } = this.#options;
    const { signal } = this.#stopping;
    while (await slept(clock, hostCountEveryMs, signal)) {
      for (const { arn, targets } of state.targetGroups) {
        if (targets.length === 0) continue;
        const of = (wanted: TargetRecord['state']): number =>
          targets.filter((target) => target.state === wanted).length;
        for (const loadBalancerArn of loadBalancersOf(state, arn)) {
          this.accountsOf(loadBalancerArn).countHosts(arn, of('healthy'), of('unhealthy'));
        }
      }
    }
  }

  /** Groups that a listener's rules name may be in use only since now. */
  #wake(listenerArn: string): void {
    for (const { listenerArn: of, actions } of this.#options.state.rules) {
      if (of !== listenerArn) continue;
      for (const { targetGroupArn } of forwardOf(actions)) {
        const group = this.#group(targetGroupArn);
        if (group !== undefined) this.#health.wake(group);
      }
    }
  }

  #inFlightTo(groupArn: string, target: TargetRecord): InFlight {
    const key = keyOf(groupArn, target);
    let inFlight = this.#inFlight.get(key);
    if (inFlight === undefined) this.#inFlight.set(key, (inFlight = new InFlight()));
    return inFlight;
  }

  #group(arn: string): TargetGroupRecord | undefined {
    return this.#options.state.targetGroups.find((group) => group.arn === arn);
  }
}
