import type { ECSClient } from '@aws-sdk/client-ecs';
import { classify, remedyFor, type Aws } from '../aws/index.ts';
import { errorMessage, retry, sleep } from '../github/index.ts';

/** The job that is cancelled has a few seconds left. */
const limitMs = 2_500;

/**
 * Asks ECS for something for a few seconds, which is harmless to ask for twice.
 * @returns why it could not be asked for, where it could not
 */
export async function askBriefly(
  aws: Aws,
  ask: (ecs: ECSClient, options: { readonly abortSignal: AbortSignal }) => Promise<unknown>,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    // Not with the clients that slow down after having been throttled: there is no time for that.
    const ecs = await aws.ecsOnce();
    await retry(() => ask(ecs, { abortSignal: signal }), {
      attempts: 5,
      baseMs: 200,
      random: Math.random,
      sleep,
      signal,
      isTransient: (error) => ['throttled', 'ambiguous'].includes(classify(error)),
    });
    return undefined;
  } catch (error: unknown) {
    if (signal.aborted) return `AWS did not answer within ${limitMs / 1000} s`;
    const why = errorMessage(error);
    return classify(error) === 'denied' ? `${why}. ${remedyFor(error)}` : why;
  }
}
