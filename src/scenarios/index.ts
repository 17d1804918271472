/** Declarative HTTP scenarios: reading them, running them against a service, and their results. */
export { check, type Answer } from './expectations.ts';
export { filesMatching } from './find.ts';
export { valueAt, type Found } from './json-path.ts';
export { loadScenarioFiles, type ScenarioKind } from './load.ts';
export { innermost, jsonMatchers, readScenarios, requestSchema, toRequest } from './read.ts';
export {
  describeFailure,
  openSession,
  runScenario,
  send,
  type ScenarioResult,
  type ScenarioRun,
  type Session,
  type StepResult,
} from './run.ts';
export type { Expectation, Matcher, Scenario, ScenarioFile, Step, StepRequest } from './scenario.ts';
