export { configureEnvironment, protect, type EnvironmentRules } from './configure.ts';
export { refRules, unprotected } from './unprotected.ts';
export { refProblem } from './refs.ts';
export {
  pendingDeployments,
  reviewDeployments,
  ReviewRefused,
  reviewProblem,
  type PendingDeployment,
  type ReviewRequest,
} from './reviews.ts';
