import * as sdk from '@aws-sdk/client-cloudwatch';
import type { Clock } from '../clock.ts';
import type { AlarmSource } from '../ecs/world.ts';
import type { OperationSchema, Service } from '../wire/service.ts';
import { alarmOperations } from './alarm-operations.ts';
import { Alarms, lastWhole, type SavedAlarms } from './alarms.ts';
import { metricOperations } from './metric-operations.ts';
import type { MetricFaults } from './faults.ts';
import { Metrics, minuteMs } from './metrics.ts';
import { policyAlarms, type PolicyAlarms } from './policy-alarms.ts';
import { missingParameter } from './requests.ts';
import type { MetricSink } from './sink.ts';

export interface CloudWatchOptions {
  readonly clock: Clock;
  /** Something that outlives a restart changed. */
  readonly changed: () => void;
  readonly log: (message: string) => void;
}

export interface CloudWatch extends Service {
  readonly sink: MetricSink;
  readonly alarms: AlarmSource;
  readonly policyAlarms: PolicyAlarms;
  readonly faults: MetricFaults;
  /** Evaluates the alarms once a minute of the cloud's time, until {@link stop}. */
  start(): void;
  stop(): void;
  save(): SavedAlarms;
  load(saved: SavedAlarms): void;
}

/** Below a minute, alarms are evaluated so often. Source: CloudWatch User Guide, "High-resolution alarms". */
const quickStepMs = 10_000;

/** CloudWatch: metrics in memory for three hours, and alarms on them. Alarms outlive a restart, metrics do not. */
export function createCloudWatch({ clock, changed, log }: CloudWatchOptions): CloudWatch {
  const now = (): number => clock.now().getTime();
  const metrics = new Metrics(now);
  const alarms = new Alarms(metrics, now, changed);
  const stopping = new AbortController();
  const evaluated = new Set<() => void>();
  const operations = { ...metricOperations(metrics, now), ...alarmOperations(alarms, now) };

  const evaluateForever = async (): Promise<void> => {
    let evaluatedUntil = lastWhole(now(), metrics.faults.delayMs, quickStepMs);
    for (;;) {
      const { delayMs } = metrics.faults;
      const next = evaluatedUntil + quickStepMs + delayMs;
      await clock.sleep(Math.max(next - now(), 1), stopping.signal);
      const until = lastWhole(now(), metrics.faults.delayMs, quickStepMs);
      // A delay that was made longer has to pass first.
      if (until <= evaluatedUntil) continue;
      alarms.evaluateAll(until, ({ periodMs }) => periodMs < minuteMs);
      const [minute, before] = [until, evaluatedUntil].map((at) => Math.floor(at / minuteMs) * minuteMs);
      if (minute !== undefined && minute !== before) {
        alarms.evaluateAll(minute, ({ periodMs }) => periodMs >= minuteMs);
        metrics.prune();
        for (const listener of evaluated) listener();
      }
      evaluatedUntil = until;
    }
  };

  return {
    id: 'cloudwatch',
    protocol: {
      kind: 'awsJson',
      version: '1.0',
      targetPrefix: 'GraniteServiceVersion20100801',
      orCbor: true,
    },
    queryErrorCodes: queryErrorCodes(),
    schemas: Object.fromEntries(Object.keys(operations).map((name) => [name, schemaOf(name)])),
    operations,
    missingMember: missingParameter,
    sink: (datum) => metrics.add(datum),
    alarms,
    policyAlarms: policyAlarms(alarms, now, (listener) => {
      evaluated.add(listener);
      return () => evaluated.delete(listener);
    }),
    faults: metrics.faults,
    start() {
      evaluateForever().catch((error: unknown) => {
        if (!stopping.signal.aborted) log(`Alarms are no longer evaluated: ${String(error)}`);
      });
    },
    stop: () => stopping.abort(new Error('The cloud is stopping.')),
    save: () => alarms.save(),
    load: (saved) => alarms.load(saved),
  };
}

function schemaOf(operation: string): OperationSchema {
  const schema = (sdk as unknown as Record<string, OperationSchema | undefined>)[`${operation}$`];
  if (schema === undefined) {
    throw new Error(`@aws-sdk/client-cloudwatch has no schema of the operation ${operation}.`);
  }
  return schema;
}

/** By the SDK's own schemas: `[-3, namespace, name, traits, …]`, where the trait is `[code, status]`. */
function queryErrorCodes(): Record<string, string> {
  return Object.fromEntries(
    Object.values(sdk as unknown as Record<string, unknown>).flatMap((schema) => {
      if (!Array.isArray(schema)) return [];
      const [, , name, traits] = schema as [
        unknown,
        unknown,
        string,
        { awsQueryError?: readonly [string] } | undefined,
      ];
      const code = traits?.awsQueryError?.[0];
      return code === undefined ? [] : [[name, code]];
    }),
  );
}
