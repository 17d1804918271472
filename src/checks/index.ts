/** The checks of a pipeline. */
export { loadScenarios, runScenarios, runTestCommand, toTestCase, type CommandRun } from './integration.ts';
export { judge, runTests, type TestRun, type TestSettings, type TestVerdict } from './test.ts';
export { readServiceUnderTest, serviceInputs, settingsOf, type ServiceUnderTest } from './under-test.ts';
