/** `sluice.yml`: the environment matrix as one file. */
export { authorizationOf } from './basic-auth.ts';
export { loadConfig, parseConfig, type Loaded } from './load.ts';
export { formatProblem, formatProblems, type Problem } from './problem.ts';
export {
  matchEnvironment,
  referencesOf,
  resolveEnvironment,
  type MissingVariable,
  type Resolution,
  type ResolvedEnvironment,
} from './resolve.ts';
export { schema, type Config, type EnvironmentConfig, type Reference } from './schema.ts';
export {
  formatComparison,
  formatDuration,
  parseComparison,
  parseDuration,
  parsePercent,
  type Comparison,
  type Milliseconds,
  type Percent,
} from './units.ts';
export {
  commonKeys,
  comparisonMatrix,
  formatMarkdown,
  formatTable,
  fullMatrix,
  type Matrix,
} from './matrix.ts';
