export { configureEnvironment, protect, refRules, unprotected, type EnvironmentRules } from './configure.ts';
export { refProblem } from './refs.ts';
export {
  pendingDeployments,
  reviewDeployments,
  ReviewRefused,
  reviewProblem,
  type PendingDeployment,
  type ReviewRequest,
} from './reviews.ts';
