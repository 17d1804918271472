import { classify, errorName, type Aws } from '../aws/index.ts';
import { errorMessage, retry, sleep } from '../github/index.ts';

/** What a pause of ECS is answered with. */
export interface GateAnswer {
  readonly hookId: string;
  readonly action: 'CONTINUE' | 'ROLLBACK';
}

/**
 * Answers a pause of ECS. Each has an id of its own, so that an answer is never taken for that of another step; one
 * that was answered already, by another runner or by a call whose answer was lost, is left as it is: the next look
 * shows what came of it.
 *
 * @returns why ECS took no answer, where it took none
 */
export async function answerGate(
  aws: Aws,
  deployment: string,
  { hookId, action }: GateAnswer,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { ContinueServiceDeploymentCommand } = await import('@aws-sdk/client-ecs');
  const ecs = await aws.ecsOnce();
  try {
    await retry(
      () =>
        ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn: deployment, hookId, action })),
      {
        attempts: 4,
        baseMs: 250,
        random: Math.random,
        sleep,
        signal,
        isTransient: (error) => ['throttled', 'ambiguous'].includes(classify(error)),
      },
    );
    return undefined;
  } catch (error: unknown) {
    if (!isAnsweredAlready(error)) throw error;
    return errorMessage(error);
  }
}

/** ECS's words for a hook that waits no more, and for a deployment that has ended meanwhile. */
function isAnsweredAlready(error: unknown): boolean {
  return /^(InvalidParameterException|ConflictException|ServiceDeploymentNotFoundException)$/.test(
    errorName(error),
  );
}
