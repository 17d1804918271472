import type { Conclusion, Job, Run } from './hub/model.ts';

/** The stages of the three pipelines, in order, by the names that users know them by. A job or a step has the name. */
const stageNames: ReadonlySet<string> = new Set([
  'CI Tests',
  'Build Image',
  'Security Scan',
  'Deploy to DEV',
  'Integration Tests',
  'Deploy to STG',
  'UAT Tests',
  'Performance Tests',
  'Manual Approval',
  'Blue-Green Deploy',
  'Health Checks',
  'Traffic Switch',
  'Monitoring',
]);

export interface Stage {
  readonly name: string;
  /** `undefined` while it has not ended. */
  readonly conclusion: Conclusion | undefined;
  /** From its start to its end; 0 where it never started. */
  readonly seconds: number;
}

/**
 * A run's stages: the jobs and, inside jobs that are not stages themselves, the steps that bear a stage's name. The
 * approval has neither: it is what a job waits for at its environment.
 */
export function stagesOf(run: Run): Stage[] {
  return run.jobs.flatMap((job) => {
    const own = { ...job, name: job.name.split(' / ').at(-1) ?? job.name };
    const bearers = stageNames.has(own.name) ? [own] : job.steps.filter((step) => stageNames.has(step.name));
    return [
      ...approvalOf(job),
      ...bearers.map((bearer) => ({
        name: bearer.name,
        conclusion: bearer.conclusion,
        seconds: secondsBetween(bearer.startedAt, bearer.completedAt),
      })),
    ];
  });
}

function approvalOf({ gate, startedAt, completedAt, conclusion }: Job): Stage[] {
  if (gate === undefined || gate.review === 'not needed') return [];
  const outcomes = { approved: 'success', rejected: 'failure', needed: conclusion } as const;
  return [
    {
      name: 'Manual Approval',
      conclusion: outcomes[gate.review],
      seconds: secondsBetween(gate.since, startedAt ?? completedAt),
    },
  ];
}

/** Between two ISO 8601 times, to a tenth; 0 where one is missing. */
export function secondsBetween(from: string | undefined, to: string | undefined): number {
  if (from === undefined || to === undefined) return 0;
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10);
}
