/**
 * Waits for a read until the signal is aborted: a job that is cancelled has seconds left, and a call may take longer.
 * The read itself goes on, and nobody waits for it any more.
 *
 * @throws the signal's reason
 */
export async function unlessAborted<T>(read: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([read, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    read.catch(() => undefined);
    aborted.promise.catch(() => undefined);
  }
}

/** A call that is on its way when the job is cancelled gets so long: unanswered, nobody knows what it did. */
export const writeGraceMs = 1_500;

/** A signal that is aborted so much later than another. */
export function delayed(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener('abort', () => void setTimeout(() => controller.abort(signal.reason), ms).unref(), {
    once: true,
  });
  return controller.signal;
}
