/** What a run of the pipeline is to do, and what it did. */
export { readDelivery } from './read-delivery.ts';
export { readJobs } from './jobs.ts';
export { plan, type Plan, type PlanOptions } from './plan.ts';
export { requireReleasable, type ReleaseTag } from './release-tag.ts';
export {
  outcomesOf,
  standingOf,
  summariseRun,
  withApproval,
  type JobRecord,
  type Standing,
  type StageOutcome,
} from './report.ts';
export { readStages, stagesOf, type Stage } from './stages.ts';
export { writeReleaseNotes } from './write-release-notes.ts';
