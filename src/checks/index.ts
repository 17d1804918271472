/** The checks of a pipeline. */
export { loadScenarios, runScenarios, runTestCommand, toTestCase } from './integration.ts';
export { judge, runTests } from './test.ts';
export { readServiceUnderTest, serviceInputs, settingsOf } from './under-test.ts';
