import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { killLeftBehind } from '../runner/orphans.ts';

const prefix = 'sluice-jobs-';

/**
 * A folder for this process's jobs, in the system's folder for temporary files: in no repository, so that neither
 * Git nor Node finds anything of the user's above it. What dead rehearsals left there is
 * removed, and what they left running is ended.
 */
export function takeWorkFolder(parent = os.tmpdir()): string {
  const root = realpathSync(parent);
  for (const name of readdirSync(root)) {
    const pid = /^sluice-jobs-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    killLeftBehind(path.join(root, name));
    rmSync(path.join(root, name), { recursive: true, force: true });
  }
  return mkdtempSync(path.join(root, `${prefix}${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error: unknown) {
    // EPERM: there is such a process, of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
