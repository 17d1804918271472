import * as sdk from '@aws-sdk/client-application-auto-scaling';
import type { PolicyAlarms } from '../cloudwatch/policy-alarms.ts';
import type { ServiceScaling } from '../ecs/index.ts';
import type { OperationSchema, Service } from '../wire/service.ts';
import { policyOperations, removePolicy } from './policies.ts';
import { Scaler } from './scaler.ts';
import { ScalingStore } from './store.ts';
import { targetOperations } from './targets.ts';

export interface AutoScalingOptions {
  /** The services whose desired count it moves. */
  readonly services: ServiceScaling;
  /** CloudWatch's alarms, which policies are made of. */
  readonly alarms: PolicyAlarms;
  readonly now: () => number;
  /** Something that outlives a restart changed. */
  readonly changed: () => void;
}

export interface AutoScaling extends Service {
  readonly store: ScalingStore;
}

/** Application Auto Scaling of ECS services: limits of the desired count, and policies that track a target. */
export function createAutoScaling({ services, alarms, now, changed }: AutoScalingOptions): AutoScaling {
  const store = new ScalingStore();
  const scaler = new Scaler({ store, services, alarms, now, changed });
  alarms.onEvaluation(() => scaler.scaleAll());
  const operations = {
    ...targetOperations({
      store,
      scaler,
      services,
      removePolicy: (resourceId, name) => removePolicy(store, alarms, resourceId, name),
      now,
    }),
    ...policyOperations({ store, alarms, now }),
  };
  return {
    id: 'application-autoscaling',
    protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'AnyScaleFrontendService' },
    schemas: Object.fromEntries(Object.keys(operations).map((name) => [name, schemaOf(name)])),
    operations,
    store,
  };
}

function schemaOf(operation: string): OperationSchema {
  const schema = (sdk as unknown as Record<string, OperationSchema | undefined>)[`${operation}$`];
  if (schema === undefined) {
    throw new Error(`@aws-sdk/client-application-auto-scaling has no schema of the operation ${operation}.`);
  }
  return schema;
}
