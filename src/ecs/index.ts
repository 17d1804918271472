/** Deploying on ECS: preflight, task definitions, following one service deployment, proof, forensics. */
export { decide, type Decision, type Observed, type Outcome, type Plan } from './decide.ts';
export { deploy, type DeployOptions, type DeployResult, type Proof } from './deploy.ts';
export { deploymentSummary } from './report.ts';
export { settle, type Settled } from './settle.ts';
export {
  buildTaskDefinition,
  familyOf,
  logGroupOf,
  type Release,
  type TaskDefinition,
} from './task-definition/build.ts';
export { diffTaskDefinitions, type Difference } from './task-definition/diff.ts';
