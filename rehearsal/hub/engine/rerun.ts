import type { Job } from '../model.ts';

/**
 * The keys of the jobs whose results stand when only what failed is run again: those that succeeded, and whose needs
 * all stand as well.
 */
export function keptJobs(jobs: readonly Pick<Job, 'key' | 'needs' | 'conclusion'>[]): Set<string> {
  const stands = (key: string, path: readonly string[]): boolean => {
    if (path.includes(key)) return false;
    const records = jobs.filter((job) => job.key === key);
    return (
      records.length > 0 &&
      records.every(
        (job) => job.conclusion === 'success' && job.needs.every((need) => stands(need, [...path, key])),
      )
    );
  };
  return new Set(jobs.map((job) => job.key).filter((key) => stands(key, [])));
}
