/** Test reports in the JUnit form: reading, writing, showing. */
export { locateFailure } from './locate.ts';
export { readJUnit, UnreadableReport } from './read.ts';
export { totalsOf, type TestCase, type TestOutcome, type TestTotals } from './report.ts';
export { annotate, nameOf, summarise } from './show.ts';
export { writeJUnit } from './write.ts';
