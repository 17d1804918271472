/** Sends a signal to a process group; that there is nothing left of it is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  // 0 and 1 would be this process's own group, and everything.
  if (group <= 1) return;
  try {
    process.kill(-group, signal);
  } catch (error: unknown) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
