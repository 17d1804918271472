import { closest, distance } from 'fastest-levenshtein';

/** One mistake in sluice.yml. */
export interface Problem {
  readonly file: string;
  /** From 1; 0 where the file as a whole is meant. */
  readonly line: number;
  readonly column: number;
  /** `environments.staging.deploy.strategy`, empty for the whole file. */
  readonly path: string;
  /** What stands there, shortened; never a secret's value. */
  readonly value: string | undefined;
  readonly expected: string;
  /** The nearest valid name. */
  readonly suggestion: string | undefined;
}

/** `sluice.yml:12:15 environments.staging.deploy.strategy: is "bluegreen", expected one of … Did you mean …?` */
export function formatProblem(problem: Problem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const subject = problem.path === '' ? '' : `${problem.path}: `;
  const found = problem.value === undefined ? '' : `found ${problem.value}; `;
  const suggestion = problem.suggestion === undefined ? '' : ` Did you mean "${problem.suggestion}"?`;
  return `${place} ${subject}${found}expected ${problem.expected}.${suggestion}`;
}

export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n');
}

/** The valid name that is near enough to have been meant. */
export function nearest(name: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0) return undefined;
  const candidate = closest(name, valid);
  return distance(name, candidate) <= Math.max(2, Math.floor(candidate.length / 3)) ? candidate : undefined;
}

/** A value as it is shown in a message: one line, at most so long. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'string' ? `"${value}"` : value === undefined ? 'nothing' : JSON.stringify(value);
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
