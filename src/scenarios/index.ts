/** Declarative HTTP scenarios: reading them, running them against a service, and their results. */
export { readScenarios, type ReadScenarios, type ScenarioProblem } from './read.ts';
export { runScenario, type ScenarioResult, type ScenarioRun, type StepResult } from './run.ts';
export type { Scenario, ScenarioFile, Step } from './scenario.ts';
