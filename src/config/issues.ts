import type { z } from 'zod';
import type { Path, Position, Source } from './document.ts';
import { inLine, nearest, shown, type Problem } from './problem.ts';
import { schema } from './schema/index.ts';
import { keysAt } from './schema/walk.ts';

/** A mistake in the user's words, and where the value stands that cannot be used because of it. */
export interface Mistake {
  readonly problem: Problem;
  readonly path: Path;
  /** Another key that was meant: it is written, only not in its name. */
  readonly meant?: Path;
}

type Issue = z.core.$ZodIssue;

/** What zod found, with the place in the file, the value, and the nearest valid name. */
export function mistakesOf(issues: readonly Issue[], value: unknown, source: Source): Mistake[] {
  return issues.flatMap((issue) => mistakes(issue, [], value, source));
}

function mistakes(issue: Issue, base: Path, root: unknown, source: Source): Mistake[] {
  const path = [...base, ...issue.path.filter((part) => typeof part !== 'symbol')];
  const input = valueAt(root, path);
  const mistake = (
    found: string,
    expected: string,
    { suggestion, at = source.valueAt(path) }: { suggestion?: string | undefined; at?: Position } = {},
  ): Mistake => ({
    path,
    problem: {
      file: source.file,
      ...at,
      path: path.join('.'),
      value: found,
      expected,
      suggestion,
    },
  });

  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path, source);
  if (issue.code === 'invalid_key') {
    const name = String(path.at(-1));
    return [
      mistake(`the name ${shown(name)}`, expectedBy(issue.issues[0] ?? issue), { at: source.keyAt(path) }),
    ];
  }
  if (input === undefined || input === null) {
    const at = input === undefined ? source.keyAt(path.slice(0, -1)) : source.keyAt(path);
    return [mistake('nothing', expectedBy(issue), { at })];
  }
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => mistakes(inner, path, root, source));
    const names = [...issue.errors.flat().flatMap(validNames), ...keysAt(schema, path)];
    return [mistake(display(path, input), issue.message, { suggestion: suggestionFor(input, names) })];
  }
  return [
    mistake(display(path, input), expectedBy(issue), { suggestion: suggestionFor(input, validNames(issue)) }),
  ];
}

function unknownKeys(keys: readonly string[], path: Path, source: Source): Mistake[] {
  const valid = keysAt(schema, path);
  return keys.map((key) => {
    const suggestion = nearest(key, valid);
    return {
      path: [...path, key],
      problem: {
        file: source.file,
        ...source.keyAt([...path, key]),
        path: [...path, key].join('.'),
        value: `the unknown key ${shown(key)}`,
        expected: valid.length > 0 ? `one of ${valid.join(', ')}` : 'no such key',
        suggestion,
      },
      ...(suggestion === undefined ? {} : { meant: [...path, suggestion] }),
    };
  });
}

/**
 * Which of the alternatives of a union was meant: the only one of the value's type, or the one that knows more of its
 * keys than any other. Its mistakes say more than that none fitted.
 */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const ofType = branches.filter((issues) =>
    issues.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  const [best, second] = ofType
    .map((issues) => ({ issues, unknown: issues.reduce((sum, issue) => sum + unknownIn(issue), 0) }))
    .sort((a, b) => a.unknown - b.unknown);
  return best !== undefined && best.unknown !== second?.unknown ? best.issues : undefined;
}

function unknownIn(issue: Issue): number {
  return issue.code === 'unrecognized_keys' ? issue.keys.length : 0;
}

function validNames(issue: Issue): string[] {
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
}

function suggestionFor(input: unknown, names: readonly string[]): string | undefined {
  if (typeof input === 'string') return nearest(input, names);
  if (typeof input !== 'object' || input === null) return undefined;
  return Object.keys(input).flatMap((key) => (names.includes(key) ? [] : (nearest(key, names) ?? [])))[0];
}

/** Ours where the schema has words for it; zod's own are not the user's. */
function expectedBy(issue: Issue): string {
  if (!/^(?:Invalid|Too|Unrecognized)\b/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

const typeWords: Partial<Record<string, string>> = {
  object: 'keys and values',
  record: 'names and values',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** A secret is not printed, however wrong it is. */
function display(path: Path, value: unknown): string {
  if (!path.includes('secrets')) return shown(value);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? inLine(`{ ${Object.keys(value).join(', ')} }`)
    : `a ${typeof value} (not shown)`;
}

export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
