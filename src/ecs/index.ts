/** Deploying on ECS: preflight, task definitions, following one service deployment, proof, forensics. */
export { answerGate, type GateAnswer } from './answer-gate.ts';
export { deploy, type DeployOptions } from './deploy.ts';
export { monitor, shiftTraffic, type GoOnOptions } from './go-on.ts';
export {
  describeDeployment,
  describeRevisions,
  describeService,
  recentDeployments,
  type KnownDeployment,
  type Revision,
  type ServiceName,
} from './observe.ts';
export { observeShift, sidesOf } from './observe-shift.ts';
export { deploymentSummary } from './report.ts';
export type { DeployResult, DeployState, Traffic } from './result.ts';
export { requestRollback } from './service.ts';
export { canTakeBack, type Shift } from './shift.ts';
export { settle, type Settled } from './settle.ts';
export type { Release } from './task-definition/build.ts';
