import type { Deployment, Run } from '../model.ts';

const reason = 'The hub was stopped while this was going on.';

/**
 * Ends a run that the last start left unfinished: its processes are gone, so that it is cancelled.
 * @param at when the hub was last seen
 * @returns whether there was something to end
 */
export function endInterrupted(run: Run, at: string): boolean {
  if (run.status === 'completed') return false;
  for (const job of run.jobs) {
    if (job.status === 'completed') continue;
    const step = job.steps.find(({ status }) => status !== 'completed')?.number ?? 1;
    for (const unfinished of job.steps) {
      if (unfinished.status === 'completed') continue;
      unfinished.status = 'completed';
      unfinished.conclusion = unfinished.startedAt === undefined ? 'skipped' : 'cancelled';
      unfinished.completedAt = at;
    }
    if (job.startedAt !== undefined) job.annotations.push({ level: 'failure', step, message: reason });
    job.status = 'completed';
    job.conclusion = 'cancelled';
    job.completedAt = at;
    delete job.waitingFor;
  }
  run.status = 'completed';
  run.conclusion = 'cancelled';
  run.completedAt = at;
  return true;
}

/** Says of a deployment whose run was cut off that nobody knows how it ended. */
export function endInterruptedDeployment(deployment: Deployment, at: string, id: () => number): boolean {
  const last = deployment.statuses.at(-1);
  const unfinished = ['in_progress', 'queued', 'pending', 'waiting'].includes(last?.state ?? 'pending');
  if (!unfinished) return false;
  deployment.statuses.push({
    id: id(),
    state: 'error',
    description: reason,
    environmentUrl: last?.environmentUrl ?? '',
    logUrl: last?.logUrl ?? '',
    createdAt: at,
  });
  deployment.updatedAt = at;
  return true;
}
