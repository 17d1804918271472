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
