import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Hub } from '../../rehearsal/hub/hub.ts';
import type { Run } from '../../rehearsal/hub/model.ts';
import { job } from './rehearsing.ts';

/**
 * Settles when a job's log has a text in one of its lines.
 * @throws Error where the run ends first, with the job's log
 */
export function prints(hub: Hub, run: Run, jobName: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = hub.onChange((change) => {
      if (change.kind === 'log') {
        const ofJob = run.jobs
          .find(({ id }) => id === change.jobId)
          ?.name.split(' / ')
          .at(-1);
        if (ofJob !== jobName || !change.line.text.includes(text)) return;
        stop();
        resolve();
      } else if (run.status === 'completed') {
        stop();
        const log = hub.logOf(job(run, jobName).id).map((line) => line.text);
        reject(new Error(`The run ended before ${jobName} printed "${text}":\n${log.join('\n')}`));
      }
    });
  });
}

/**
 * Kills every process of a run's job, as the kernel does where memory runs out, or as a machine that is taken away.
 * @param key the job's in its own workflow: `uat`
 * @returns how many there were
 */
export function killJob(run: Pick<Run, 'id'>, key: string): number {
  const marks = [`GITHUB_RUN_ID=${run.id}`, `GITHUB_JOB=${key}`];
  return killWhere((variables) => marks.every((mark) => variables.includes(mark)));
}

/** Kills whatever the runners of a rehearsal have started. */
export function killRunners({ pid }: { readonly pid: number }): number {
  const folder = path.join(realpathSync(tmpdir()), `sluice-jobs-${pid}-`);
  return killWhere((variables) => variables.some((one) => one.startsWith(`RUNNER_TEMP=${folder}`)));
}

function killWhere(isMeant: (variables: readonly string[]) => boolean): number {
  const meant = readdirSync('/proc').filter(
    (entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid && isMeant(environmentOf(entry)),
  );
  for (const pid of meant) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended with the one before it.
    }
  }
  return meant.length;
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
