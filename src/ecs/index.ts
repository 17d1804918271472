/** Deploying on ECS: preflight, task definitions, following one service deployment, proof, forensics. */
export { deploy, type DeployOptions } from './deploy.ts';
export { deploymentSummary } from './report.ts';
export type { DeployResult, DeployState } from './result.ts';
export { settle, type Settled } from './settle.ts';
export type { Release } from './task-definition/build.ts';
