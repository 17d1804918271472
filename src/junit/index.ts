/** Test reports in the JUnit form: reading, writing, showing. */
export { locateFailure } from './locate.ts';
export { readJUnit } from './read.ts';
export { totalsOf, type TestCase, type TestOutcome } from './report.ts';
export { annotate, nameOf, summarise } from './show.ts';
export { writeJUnit } from './write.ts';
