import { setTimeout as sleepFor } from 'node:timers/promises';

export interface RetryPolicy {
  /** How often it is tried in all. */
  readonly attempts: number;
  /** The wait before the second try; it doubles, and jitter takes up to half of it away. */
  readonly baseMs: number;
  /** Whether it is safe and sensible to try again after this. */
  readonly isTransient: (error: unknown) => boolean;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly signal?: AbortSignal;
}

export const sleep = async (ms: number, signal?: AbortSignal): Promise<void> =>
  sleepFor(ms, undefined, signal === undefined ? {} : { signal });

/**
 * Tries an operation that is safe to repeat, with exponential back-off and jitter. The policy of everything that is
 * not an AWS client; those have the SDK's.
 *
 * @throws the last error, or the first that is not transient.
 */
export async function retry<T>(operation: (attempt: number) => Promise<T>, policy: RetryPolicy): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation(attempt);
    } catch (error) {
      policy.signal?.throwIfAborted();
      if (attempt >= policy.attempts || !policy.isTransient(error)) throw error;
      await policy.sleep(policy.baseMs * 2 ** (attempt - 1) * (1 - policy.random() / 2), policy.signal);
    }
  }
}
