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

/** A file with more mistakes than this is no sluice.yml; nobody reads on. */
const mostShown = 50;

/** `sluice.yml:12:15 environments.staging.deploy.strategy: found "bluegreen"; expected one of … Did you mean …?` */
export function formatProblem(problem: Problem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  return `${place} ${problemMessage(problem)}`;
}

/** The same without its place, for where that is shown by other means. */
export function problemMessage(problem: Problem): string {
  const subject = problem.path === '' ? '' : `${inLine(problem.path)}: `;
  const found = problem.value === undefined ? '' : `found ${problem.value}; `;
  const suggestion = problem.suggestion === undefined ? '' : ` Did you mean "${problem.suggestion}"?`;
  return `${subject}${found}expected ${problem.expected}.${suggestion}`;
}

export function formatProblems(problems: readonly Problem[]): string {
  const more = problems.length - mostShown;
  return [
    ...problems.slice(0, mostShown).map(formatProblem),
    ...(more > 0 ? [`… and ${more} more.`] : []),
  ].join('\n');
}

/** The valid name that is near enough to have been meant: at least one letter of it stands. */
export function nearest(name: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0 || name.length > 64) return undefined;
  const candidate = closest(name, valid);
  const edits = distance(name, candidate);
  return edits <= Math.max(2, Math.floor(candidate.length / 3)) &&
    edits < Math.min(name.length, candidate.length)
    ? candidate
    : undefined;
}

/** A value as it is shown in a message: one line, at most so long, and nothing that a terminal would obey. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'nothing';
    case 'number':
    case 'bigint':
      return String(value);
    case 'symbol':
    case 'function':
      return typeof value;
    case 'string':
    case 'boolean':
    case 'object':
      return inLine(JSON.stringify(value));
  }
}

/** Text from a file, safe to print: one line, at most so long, no control characters. */
export function inLine(text: string): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\p{C}/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return line.length > 100 ? `${line.slice(0, 97)}…` : line;
}
