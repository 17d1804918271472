/** What a run of the pipeline is to do. */
export { plan, type Plan, type PlanOptions } from './plan.ts';
export { requireOnBranch } from './release-branch.ts';
export { stagesOf, type Stage } from './stages.ts';
