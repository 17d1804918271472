/** `sluice.yml`: the environment matrix as one file. */
export { authorizationOf } from './basic-auth.ts';
export { readYaml, type Path, type Read, type Source } from './document.ts';
export { loadConfig, parseConfig, type Loaded } from './load.ts';
export { formatProblem, formatProblems, nearest, problemMessage, shown, type Problem } from './problem.ts';
export { chatProfile, type ChatProfile } from './schema/checks.ts';
export { referencesOf } from './references.ts';
export { formatMissing, resolveEnvironment, type ResolvedEnvironment } from './resolve.ts';
export { matchEnvironment } from './triggers.ts';
export { schema, type Config, type EnvironmentConfig, type Reference } from './schema/index.ts';
export {
  formatComparison,
  formatDuration,
  parseComparison,
  parseDuration,
  type Comparison,
  type Milliseconds,
  type Percent,
} from './units.ts';
export {
  commonMatrix,
  comparisonMatrix,
  formatMarkdown,
  formatTable,
  fullMatrix,
  settingsOf,
  type Matrix,
  type Setting,
} from './matrix/index.ts';
export { scannerNames } from './schema/checks.ts';
export { rulesOfEnvironments, rulesOfTheFile } from './rules/index.ts';
