/** Load: it is sent, measured, judged against thresholds, compared with another release's, and told. */
export { type Expectation } from './answer.ts';
export { compare, type Block, type Comparison, type Difference } from './compare.ts';
export { openConnection, type Connection, type Target } from './connection.ts';
export { interleave } from './interleave.ts';
export { judge, type Held, type Judgement, type Thresholds } from './judge.ts';
export { type Measured } from './recording.ts';
export { runLoad, type Load, type Run, type Surroundings } from './run.ts';
export {
  describeLoad,
  readEarlier,
  reportOf,
  summaryOf,
  writeReport,
  type Compared,
  type Report,
} from './report/index.ts';
