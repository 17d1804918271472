import { readdirSync, readFileSync } from 'node:fs';
import { killGroup } from './process.ts';

/**
 * Ends what a job left running: the process groups of its steps, and those that left their group but still carry the
 * job's RUNNER_TRACKING_ID, as GitHub's runner does it.
 * @returns how many processes were found by their tracking id
 */
export function killOrphans(groups: readonly number[], trackingId: string): number {
  for (const group of groups) killGroup(group);
  return killMarked((variable) => variable === `RUNNER_TRACKING_ID=${trackingId}`);
}

/** Ends what the jobs of a rehearsal that is no more left running. `folder` held those jobs' folders. */
export function killLeftBehind(folder: string): void {
  killMarked((variable) => variable.startsWith(`RUNNER_TEMP=${folder}/`));
}

/** Ends processes by their environment, where the system shows it (Linux). */
function killMarked(isMark: (variable: string) => boolean): number {
  let found = 0;
  for (const entry of directoryEntries('/proc')) {
    if (!/^\d+$/.test(entry) || !environmentOf(entry).some(isMark)) continue;
    found += 1;
    try {
      process.kill(Number(entry), 'SIGKILL');
    } catch {
      // It has ended since.
    }
  }
  return found;
}

function directoryEntries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // Another user's process, or one that has ended.
    return [];
  }
}
