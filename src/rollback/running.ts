import type { ServiceDeployment } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import {
  answerGate,
  canTakeBack,
  describeDeployment,
  describeRevisions,
  describeService,
  observeShift,
  recentDeployments,
  requestRollback,
  settle,
  sidesOf,
  type Revision,
  type ServiceName,
  type Shift,
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
  /** Going back would send users to a side that cannot take them. */
  | { readonly state: 'held'; readonly why: string; readonly deployment: string; readonly status: string };

export interface StopOptions {
  readonly aws: Aws;
  readonly environment: ResolvedEnvironment;
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
  const { aws, environment, digest, runner } = options;
  const found = await findInProgress(aws, environment.aws, digest);
  if (found.kind === 'none') {
    const { why, deployment, status, hasGoneBack } = found;
    runner.info(why);
    return hasGoneBack
      ? { state: 'rolled-back', deployment, status }
      : { state: 'nothing-to-do', why, deployment, status };
  }
  const { arn, detail, desired } = found;
  const isGoingBack = /^(ROLLBACK|STOP)/.test(detail.status ?? '');
  if (!isGoingBack) {
    const sides = sidesOf(environment, found.revision);
    const shift = await observeShift(aws, detail, sides);
    const hold = sides === undefined ? undefined : reasonToHold(shift, desired);
    if (hold !== undefined) return { state: 'held', why: hold, deployment: arn, status: detail.status ?? '' };
    runner.info(`Asking for the rollback of ${arn}, at ${shift.stage ?? 'its beginning'}.`);
    await ask(options, arn, shift.gate?.hookId);
  }
  const end = await settle({ ...options, name: environment.aws });
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
  | {
      readonly kind: 'ours';
      readonly arn: string;
      readonly detail: ServiceDeployment;
      readonly revision: Revision | undefined;
      readonly desired: number;
    }
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
  const target = detail.targetServiceRevision?.arn;
  const revision = target === undefined ? undefined : (await describeRevisions(aws, [target])).get(target);
  const isOurs = revision?.digests.includes(digest) === true;
  if (current !== undefined && isOurs) {
    return { kind: 'ours', arn, detail, revision, desired: service?.desiredCount ?? 0 };
  }
  const { status = '' } = detail;
  return {
    kind: 'none',
    why:
      current === undefined
        ? `No deployment is in progress; the last one is ${status}`
        : `The deployment in progress is not of ${digest}, and is left alone: ${current}`,
    deployment: arn,
    status,
    hasGoneBack: current === undefined && isOurs && status === 'ROLLBACK_SUCCESSFUL',
  };
}

/**
 * Users are never sent back to a side that cannot take them. Where the new version has no traffic yet, or none is
 * shifted at all, there is nobody to send.
 */
export function reasonToHold(shift: Shift, desired: number): string | undefined {
  const { live, requested, healthy, hasBlue } = shift;
  const hasTraffic = hasBlue && ((live?.green ?? 0) > 0 || requested > 0);
  return hasTraffic && !canTakeBack(shift, desired)
    ? `blue has ${healthy.blue} healthy targets of ${desired}: going back would send users to what cannot take them. It stays as it is until somebody decides, or a gate times out`
    : undefined;
}

/** A gate that waits takes the answer itself; anywhere else the deployment is stopped. */
async function ask({ aws, signal }: StopOptions, arn: string, hookId: string | undefined): Promise<void> {
  if (hookId !== undefined) {
    await answerGate(aws, arn, { hookId, action: 'ROLLBACK' }, signal);
    // It may have been answered otherwise, or have timed out, in the meantime.
    if (!(await isGoingOn(aws, arn))) return;
  }
  const refused = await requestRollback(aws, arn);
  if (refused === undefined || !(await isGoingOn(aws, arn))) return;
  throw new Failure('The rollback could not be asked for', {
    where: arn,
    why: refused,
    remedy: `Stop it by hand: aws ecs stop-service-deployment --region ${aws.region} --service-deployment-arn ${arn} --stop-type ROLLBACK`,
  });
}

async function isGoingOn(aws: Aws, arn: string): Promise<boolean> {
  const { status } = (await describeDeployment(aws, arn)) ?? {};
  return status === 'PENDING' || status === 'IN_PROGRESS';
}

/** The first deployment of a service has nothing to go back to: it is only stopped. */
function isStopOfTheFirst(status: string, { sourceServiceRevisions = [] }: ServiceDeployment): boolean {
  return status === 'STOPPED' && sourceServiceRevisions.length === 0;
}
