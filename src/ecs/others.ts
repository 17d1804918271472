import type { Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { createProgress, Failure, type Runner } from '../github/index.ts';
import { rollbackGraceMs } from './decide.ts';
import { describeService, recentDeployments, type ServiceName } from './observe.ts';
import { isRegisteredFrom, type TaskDefinition } from './task-definition/build.ts';
import { findTaskDefinition } from './task-definition/registered.ts';

export interface WaitOptions {
  readonly aws: Aws;
  readonly environment: ResolvedEnvironment;
  readonly runner: Runner;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * One deployment at a time: one that is in progress and not of this release is waited for. GitHub's concurrency
 * keeps our own apart; what is left is somebody's by hand, or one whose runner died.
 *
 * @returns whether there was one
 * @throws Failure where it does not end in time
 */
export async function waitForOthers(options: WaitOptions, definition: TaskDefinition): Promise<boolean> {
  const { aws, runner, now, signal, environment } = options;
  const name: ServiceName = environment.aws;
  const deadline = now() + Math.max(environment.deploy.timeout, rollbackGraceMs);
  const progress = createProgress({ print: (line) => runner.info(line), now, deadline });
  for (let hasWaited = false; ; hasWaited = true) {
    const current = (await describeService(aws, name))?.currentServiceDeployment;
    if (current === undefined) return hasWaited;
    const running = (await recentDeployments(aws, name)).find(({ arn }) => arn === current);
    const isGoingBack = /^(ROLLBACK|STOP)/.test(running?.status ?? '');
    if (!isGoingBack && (await isOf(aws, running?.taskDefinition, definition))) return hasWaited;
    if (now() > deadline) {
      throw new Failure('Another deployment is in progress, and does not end', {
        where: current,
        why: running?.status ?? 'in progress',
        remedy: `Stop it: aws ecs stop-service-deployment --region ${aws.region} --service-deployment-arn ${current}`,
      });
    }
    progress.report(
      `Waiting for another deployment to end: ${current} (${running?.status ?? 'in progress'})`,
    );
    await options.sleep(1_000, signal);
  }
}

async function isOf(aws: Aws, arn: string | undefined, definition: TaskDefinition): Promise<boolean> {
  if (arn === undefined) return false;
  const registered = await findTaskDefinition(aws, arn);
  return registered !== undefined && isRegisteredFrom(registered, definition);
}
