/** How an action talks to GitHub: what started it, its inputs and outputs, the log, the summary, the records. */
export {
  buildEnvironment,
  cancellation,
  CommandNotStarted,
  runCommand,
  runShell,
  stepEnvironment,
  type RunCommand,
} from './command.ts';
export { readContext, type Context } from './context.ts';
export {
  isGood,
  isOpen,
  payloadText,
  readDeployments,
  type DeploymentHistory,
  type DeploymentRecord,
  type ListedDeployment,
} from './deployment-history.ts';
export { openDeployments, type Deployments } from './deployments.ts';
export { readProtection, type Protection } from './environments.ts';
export { readEvent, type Event, type Trigger } from './event.ts';
export { errorMessage, Failure, failureLine, sentence, type FailureDetails } from './failure.ts';
export { canRequestIdToken, requestIdToken } from './id-token.ts';
export { openIncident } from './incidents.ts';
export * as inputs from './inputs.ts';
export { optional, readInputs, required, type Input, type Kind } from './inputs.ts';
export { connectGitHub, gitHubRetry, type GitHubConnection } from './octokit.ts';
export { readReviews, type Review } from './reviews.ts';
export { openOutputs, type Outputs } from './outputs.ts';
export { createProgress, formatDuration, type Progress } from './progress.ts';
export { relay } from './relay.ts';
export { reportFailure } from './report-failure.ts';
export { retry, sleep, type RetryPolicy } from './retry.ts';
export { readRelease, updateReleaseNotes } from './releases.ts';
export { createRunner, runner, type Runner } from './runner.ts';
export { codeSpan, escapeMarkdown, Summary, summaryLimitBytes, writeSummary } from './summary.ts';
export { acceptSluiceYml, environmentOf, loadSluiceYml } from './sluice-yml.ts';
export { readEnvironment, regionOf } from './resolved-environment.ts';
