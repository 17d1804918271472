/** The checks of a pipeline that run commands. */
export { judge, runTests, type TestRun, type TestSettings, type TestVerdict } from './test.ts';
