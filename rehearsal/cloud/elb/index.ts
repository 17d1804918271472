import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clock } from '../clock.ts';
import type { MetricSink } from '../cloudwatch/sink.ts';
import type { LoadBalancing, WeightedGroup } from '../ecs/world.ts';
import type { OperationSchema, Service } from '../wire/service.ts';
import type { ElbContext } from './context.ts';
import type { TrafficSecond } from './data-plane/accounts.ts';
import { unchecked } from './data-plane/health-check.ts';
import { DataPlane } from './data-plane/index.ts';
import { validationError } from './errors.ts';
import { defaultPropagationMs, isBroken, type ElbFaults } from './faults.ts';
import { loadBalancing, type Targets } from './load-balancing.ts';
import type { ElbState } from './model.ts';
import { listenerOperations } from './operations/listeners.ts';
import { loadBalancerOperations } from './operations/load-balancers.ts';
import { ruleOperations } from './operations/rules.ts';
import { usersOf, type Certificates } from './tls.ts';
import { tagOperations } from './operations/tags.ts';
import { targetGroupOperations } from './operations/target-groups.ts';

export type { TrafficSecond } from './data-plane/accounts.ts';
export type { ElbFaults } from './faults.ts';

export interface ElbOptions {
  readonly clock: Clock;
  readonly metrics: MetricSink;
  /** Those of ACM; none where it is left out. */
  readonly certificates?: Certificates;
  /** Something that outlives a restart changed. */
  readonly changed: () => void;
  readonly log: (message: string) => void;
  /** How long a changed rule needs to reach the traffic, in milliseconds of real time. */
  readonly propagationMs?: number;
}

export interface Elb extends Service {
  readonly loadBalancing: LoadBalancing;
  readonly faults: ElbFaults;
  /** The load balancers that use a certificate, by its ARN. */
  certificateUsers(certificateArn: string): readonly string[];
  /** A certificate has another content: new connections get it. */
  certificateReplaced(certificateArn: string): void;
  /** The last ten minutes of a load balancer, a row for each second with requests, oldest first. */
  traffic(loadBalancerArn: string): readonly TrafficSecond[];
  /** Where a rule sends requests now, whatever the API says already. */
  liveForward(ruleArn: string): readonly WeightedGroup[];
  start(): Promise<void>;
  stop(): Promise<void>;
  save(): ElbState;
  load(saved: ElbState): void;
}

/** Elastic Load Balancing v2: application load balancers over HTTP and HTTPS, and the traffic that goes through them. */
export function createElb({
  clock,
  metrics,
  certificates = () => undefined,
  changed,
  log,
  propagationMs,
}: ElbOptions): Elb {
  const state: ElbState = { loadBalancers: [], targetGroups: [], listeners: [], rules: [] };
  const faults: ElbFaults = { propagationMs: propagationMs ?? defaultPropagationMs, unhealthy: [] };
  const targets: Targets = loadBalancing({ state, clock, dataPlane: () => dataPlane, changed });
  const dataPlane: DataPlane = new DataPlane({
    state,
    clock,
    metrics,
    certificates,
    propagationMs: () => faults.propagationMs,
    isBroken: (arn, target) => isBroken(faults, arn, target),
    targetChanged: (arn) => targets.targetChanged(arn),
  });
  const context: ElbContext = { state, clock, dataPlane, targets, certificates, changed };
  const operations = {
    ...loadBalancerOperations(context),
    ...targetGroupOperations(context),
    ...listenerOperations(context),
    ...ruleOperations(context),
    ...tagOperations(context),
  };

  return {
    id: 'elbv2',
    iamPrefix: 'elasticloadbalancing',
    protocol: {
      kind: 'awsQuery',
      apiVersion: '2015-12-01',
      namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
    },
    schemas: Object.fromEntries(Object.keys(operations).map((name) => [name, schemaOf(name)])),
    operations,
    missingMember: (path) =>
      validationError(
        `1 validation error detected: Value null at '${path.charAt(0).toLowerCase()}${path.slice(1)}' failed to satisfy constraint: Member must not be null`,
      ),
    loadBalancing: targets,
    faults,
    certificateUsers: (arn) => usersOf(state.listeners, arn),
    certificateReplaced: (arn) => {
      for (const listener of state.listeners) {
        if (listener.tls?.certificateArn === arn) dataPlane.secure(listener);
      }
    },
    traffic: (arn) => dataPlane.accountsOf(arn).seconds(),
    liveForward: (ruleArn) => {
      const rule = state.rules.find(({ arn }) => arn === ruleArn);
      if (rule === undefined) return [];
      return dataPlane.liveRules(rule.listenerArn).find(({ arn }) => arn === ruleArn)?.groups ?? [];
    },
    async start() {
      for (const { port } of await dataPlane.start()) {
        log(`A listener's port, ${port} of 127.0.0.1, is taken: nothing answers there.`);
      }
    },
    stop: () => dataPlane.stop(),
    save: () => state,
    load(saved) {
      Object.assign(state, saved);
      // Nobody has asked them since. Those that were draining have had their time.
      for (const group of state.targetGroups) {
        group.targets = group.targets
          .filter((target) => target.state !== 'draining')
          .map(({ id, port }) => ({ id, port, ...unchecked }));
      }
    },
  };
}

function schemaOf(operation: string): OperationSchema {
  const schema = (sdk as unknown as Record<string, OperationSchema | undefined>)[`${operation}$`];
  if (schema === undefined) {
    throw new Error(`@aws-sdk/client-elastic-load-balancing-v2 has no schema of the operation ${operation}.`);
  }
  return schema;
}
