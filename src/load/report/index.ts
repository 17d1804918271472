/** A performance test's report: for programs, for CI, for people. */
export { readEarlier, writeReport } from './files.ts';
export { describeLoad, reportOf, type Compared, type Report } from './report.ts';
export { summaryOf } from './summary.ts';
