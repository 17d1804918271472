import { readdir, readFile } from 'node:fs/promises';
import { killGroup } from './process.ts';

/**
 * Ends what a job left running: the process groups of its steps, and, where the system shows the environment of
 * processes (Linux), those that left their group but still carry the job's RUNNER_TRACKING_ID, as GitHub's runner
 * does it.
 * @returns how many processes were found by their tracking id
 */
export async function killOrphans(groups: readonly number[], trackingId: string): Promise<number> {
  for (const group of groups) killGroup(group);
  const mark = `RUNNER_TRACKING_ID=${trackingId}`;
  let found = 0;
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(mark)) continue;
    found += 1;
    try {
      process.kill(Number(entry), 'SIGKILL');
    } catch {
      // It has ended since.
    }
  }
  return found;
}
