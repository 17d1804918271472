/** What a run of the pipeline is to do, and what it did. */
export { readDelivery } from './read-delivery.ts';
export { readJobs } from './jobs.ts';
export { plan, type Plan } from './plan.ts';
export { requireReleasable } from './release-tag.ts';
export { outcomesOf, standingOf, summariseRun, withApproval, type Standing } from './report.ts';
export { readStages, stagesOf, type Stage } from './stages.ts';
export { writeReleaseNotes } from './write-release-notes.ts';
