import type { ServiceDeployment } from '@aws-sdk/client-ecs';
import { awsFailure, classify, type Aws } from '../aws/index.ts';
import {
  describeDeployment,
  describeRevisions,
  describeService,
  recentDeployments,
  requestRollback,
  settle,
  type ServiceName,
} from '../ecs/index.ts';
import { Failure, type Runner } from '../github/index.ts';

/** How a rollback of a deployment in progress came out. */
export type Stopped =
  /** Nothing of ours was in progress: either it ended before, or it never began. */
  | {
      readonly state: 'nothing-to-do';
      readonly why: string;
      readonly deployment: string;
      readonly status: string;
    }
  | { readonly state: 'rolled-back'; readonly deployment: string; readonly status: string }
  /** It ended, and what serves is not certain. */
  | { readonly state: 'failed'; readonly why: string; readonly deployment: string; readonly status: string }
  /** Going back would send users to a side that has no running task. */
  | { readonly state: 'held'; readonly why: string; readonly deployment: string; readonly status: string };

export interface StopOptions {
  readonly aws: Aws;
  readonly name: ServiceName;
  /** The digest that is being deployed: another one is somebody else's, and left alone. */
  readonly digest: string;
  readonly runner: Runner;
  readonly deadline: number;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Rolls back the deployment in progress, where it is of this digest, and waits for its end. Started again, it finds
 * the rollback that it began, or its end.
 *
 * @throws Failure where AWS refuses, or the rollback does not end in time
 */
export async function stopRunning(options: StopOptions): Promise<Stopped> {
  const { aws, name, digest, runner } = options;
  const found = await findInProgress(aws, name, digest);
  if (found.kind === 'none') {
    runner.info(found.why);
    if (found.hasGoneBack)
      return { state: 'rolled-back', deployment: found.deployment, status: found.status };
    return { state: 'nothing-to-do', why: found.why, deployment: found.deployment, status: found.status };
  }
  const { arn, detail } = found;
  const isGoingBack = /^(ROLLBACK|STOP)/.test(detail.status ?? '');
  if (!isGoingBack) {
    const hold = reasonToHold(detail);
    if (hold !== undefined) return { state: 'held', why: hold, deployment: arn, status: detail.status ?? '' };
    runner.info(
      `Asking for the rollback of ${arn} (${detail.lifecycleStage ?? detail.status ?? 'in progress'}).`,
    );
    await ask(aws, arn, detail);
  }
  const end = await settle(options);
  if (!end.settled) {
    throw new Failure('The rollback does not end', {
      where: arn,
      why: end.reason ?? end.status,
      remedy: 'See docs/runbook.md, "The rollback failed"',
    });
  }
  const { status = end.status, statusReason } = (await describeDeployment(aws, arn)) ?? {};
  return status === 'ROLLBACK_SUCCESSFUL' || isStopOfTheFirst(status, detail)
    ? { state: 'rolled-back', deployment: arn, status }
    : { state: 'failed', why: statusReason ?? `it ended as ${status}`, deployment: arn, status };
}

type InProgress =
  | { readonly kind: 'ours'; readonly arn: string; readonly detail: ServiceDeployment }
  | {
      readonly kind: 'none';
      readonly why: string;
      readonly deployment: string;
      readonly status: string;
      /** Whether the one named is of our digest, and went back without us. */
      readonly hasGoneBack: boolean;
    };

async function findInProgress(aws: Aws, name: ServiceName, digest: string): Promise<InProgress> {
  const service = await describeService(aws, name);
  const current = service?.currentServiceDeployment;
  const [last] = service === undefined || current !== undefined ? [] : await recentDeployments(aws, name);
  const arn = current ?? last?.arn;
  const detail = arn === undefined ? undefined : await describeDeployment(aws, arn);
  if (arn === undefined || detail === undefined) {
    const why = 'The service has never been deployed';
    return { kind: 'none', why, deployment: '', status: '', hasGoneBack: false };
  }
  const isOurs = await isOf(aws, detail, digest);
  if (current !== undefined && isOurs) return { kind: 'ours', arn, detail };
  const { status = '' } = detail;
  return {
    kind: 'none',
    why:
      current === undefined
        ? `No deployment is in progress; the last one is ${status}`
        : `The deployment in progress is not of ${digest}, and is left alone: ${current}`,
    deployment: arn,
    status,
    hasGoneBack: isOurs && status === 'ROLLBACK_SUCCESSFUL',
  };
}

async function isOf(
  aws: Aws,
  { targetServiceRevision }: ServiceDeployment,
  digest: string,
): Promise<boolean> {
  const arn = targetServiceRevision?.arn;
  if (arn === undefined) return false;
  return (await describeRevisions(aws, [arn])).get(arn)?.digests.includes(digest) === true;
}

/** Users are never sent back to a side where nothing runs any more. */
function reasonToHold({ sourceServiceRevisions = [] }: ServiceDeployment): string | undefined {
  const isDead =
    sourceServiceRevisions.length > 0 && sourceServiceRevisions.every((one) => one.runningTaskCount === 0);
  return isDead
    ? 'no task of the revision before is running: going back would take the service down. It stays as it is until somebody decides'
    : undefined;
}

/** A hook that waits takes the answer itself; anywhere else the deployment is stopped. */
async function ask(aws: Aws, arn: string, { lifecycleHookDetails = [] }: ServiceDeployment): Promise<void> {
  const hook = lifecycleHookDetails.find(({ status }) => status === 'AWAITING_ACTION');
  if (hook?.hookId !== undefined && (await answer(aws, arn, hook.hookId))) return;
  const refused = await requestRollback(aws, arn);
  if (refused === undefined) return;
  // It may have ended, or begun to go back, since it was looked at.
  const { status = '' } = (await describeDeployment(aws, arn)) ?? {};
  if (status !== 'PENDING' && status !== 'IN_PROGRESS') return;
  throw new Failure('The rollback could not be asked for', {
    where: arn,
    why: refused,
    remedy: `Stop it by hand: aws ecs stop-service-deployment --region ${aws.region} --service-deployment-arn ${arn} --stop-type ROLLBACK`,
  });
}

/** @returns whether the hook took it; it may have been answered, or have timed out, in the meantime */
async function answer(aws: Aws, arn: string, hookId: string): Promise<boolean> {
  const { ContinueServiceDeploymentCommand } = await import('@aws-sdk/client-ecs');
  try {
    await (
      await aws.ecs()
    ).send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn: arn, hookId, action: 'ROLLBACK' }));
    return true;
  } catch (error) {
    if (classify(error) === 'denied') throw awsFailure('The waiting gate cannot be answered', arn, error);
    return false;
  }
}

/** The first deployment of a service has nothing to go back to: it is only stopped. */
function isStopOfTheFirst(status: string, { sourceServiceRevisions = [] }: ServiceDeployment): boolean {
  return status === 'STOPPED' && sourceServiceRevisions.length === 0;
}
