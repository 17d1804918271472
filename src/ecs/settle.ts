import type { Aws } from '../aws/index.ts';
import { createProgress, type Runner } from '../github/index.ts';
import { describeDeployment, describeService, recentDeployments, type ServiceName } from './observe.ts';

/** How a service stands when nothing moves any more. */
export interface Settled {
  /** The last deployment, and how it ended; empty where there has been none. */
  readonly deployment: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly taskDefinition: string | undefined;
  readonly running: number;
  readonly desired: number;
  /** False where it still moves at the deadline. */
  readonly settled: boolean;
}

export interface SettleOptions {
  readonly aws: Aws;
  readonly name: ServiceName;
  readonly runner: Runner;
  readonly deadline: number;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Waits until no deployment is in progress, and says how the last one ended. Changes nothing. */
export async function settle({
  aws,
  name,
  runner,
  deadline,
  now,
  sleep,
  signal,
}: SettleOptions): Promise<Settled> {
  const progress = createProgress({ print: (line) => runner.info(line), now, deadline });
  for (;;) {
    const service = await describeService(aws, name);
    const current = service?.currentServiceDeployment;
    if (current === undefined || now() > deadline) {
      const [last] = service === undefined ? [] : await recentDeployments(aws, name);
      const detail = last === undefined ? undefined : await describeDeployment(aws, last.arn);
      return {
        deployment: last?.arn ?? '',
        status: detail?.status ?? last?.status ?? 'NONE',
        reason: detail?.statusReason,
        taskDefinition: service?.taskDefinition,
        running: service?.runningCount ?? 0,
        desired: service?.desiredCount ?? 0,
        settled: current === undefined,
      };
    }
    progress.report(`Waiting for ${current} to end`);
    await sleep(1_000, signal);
  }
}
