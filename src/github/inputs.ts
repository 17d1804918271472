import { Failure } from './failure.ts';
import type { Runner } from './runner.ts';

/** What an input may hold: how it is written, and how it is read. */
export interface Kind<T> {
  /** Completes "expected …". */
  readonly expected: string;
  /** `undefined` where the text is not of this kind. */
  readonly parse: (text: string) => T | undefined;
  /** Never shown, and masked before it is used. */
  readonly secret?: boolean;
}

/** An input of an action: its kind, and what an empty one means. */
export type Input<T> =
  | { readonly kind: Kind<T>; readonly empty: 'refused' }
  | { readonly kind: Kind<T>; readonly empty: 'default'; readonly value: T };

/** An input that must be given. */
export function required<T>(kind: Kind<T>): Input<T> {
  return { kind, empty: 'refused' };
}

/** An input that may be left out, with the value that this means. */
export function optional<T>(kind: Kind<T>): Input<T | undefined>;
export function optional<T, D>(kind: Kind<T>, value: D): Input<T | D>;
export function optional<T>(kind: Kind<T>, value?: T): Input<T | undefined> {
  return { kind, empty: 'default', value };
}

type Values<S> = { readonly [K in keyof S]: S[K] extends Input<infer T> ? T : never };

/**
 * Reads all inputs of an action at once, by the names in its `action.yml`.
 *
 * @throws Failure that names every input that is missing or not of its kind.
 */
export function readInputs<const S extends Readonly<Record<string, Input<unknown>>>>(
  runner: Runner,
  inputs: S,
): Values<S> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, input] of Object.entries(inputs)) {
    const text = (runner.environment[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim();
    if (text === '') {
      if (input.empty === 'default') values[name] = input.value;
      else problems.push(`"${name}" is missing: expected ${input.kind.expected}`);
      continue;
    }
    if (input.kind.secret === true) runner.mask(text);
    const value = input.kind.parse(text);
    if (value === undefined) {
      const shown = input.kind.secret === true ? 'what it holds' : JSON.stringify(shorten(text));
      problems.push(`"${name}" is ${shown}: expected ${input.kind.expected}`);
    } else values[name] = value;
  }
  if (problems.length > 0) {
    throw new Failure(
      problems.length === 1 ? 'An input is not right' : `${problems.length} inputs are not right`,
      {
        why: problems.join('; '),
        remedy: 'Set it under "with:" of the step; the README beside the action.yml describes each input',
        evidence: problems.map((problem) => `- ${problem}`).join('\n'),
      },
    );
  }
  return values as Values<S>;
}

const matching = (expected: string, pattern: RegExp): Kind<string> => ({
  expected,
  parse: (text) => (pattern.test(text) ? text : undefined),
});

export const text: Kind<string> = { expected: 'text', parse: (value) => value };

export const token: Kind<string> = { expected: 'a token', parse: (value) => value, secret: true };

export const flag: Kind<boolean> = {
  expected: 'true or false',
  // YAML 1.2's core schema, as `getBooleanInput` reads it.
  parse: (value) =>
    /^(true|True|TRUE)$/.test(value) ? true : /^(false|False|FALSE)$/.test(value) ? false : undefined,
};

export function integer(range: { readonly min: number; readonly max: number }): Kind<number> {
  return {
    expected: `a whole number from ${range.min} to ${range.max}`,
    parse: (value) => {
      if (!/^-?\d{1,15}$/.test(value)) return undefined;
      const number = Number(value);
      return number >= range.min && number <= range.max ? number : undefined;
    },
  };
}

export function oneOf<const T extends string>(...names: readonly T[]): Kind<T> {
  return {
    expected: `one of ${names.join(', ')}`,
    parse: (value) => names.find((name) => name === value),
  };
}

/** `90s`, `10m`, `1h`; read as milliseconds. */
export const duration: Kind<number> = {
  expected: 'a duration such as 90s, 10m or 1h',
  parse: (value) => {
    const [, amount, unit] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(value) ?? [];
    if (amount === undefined || unit === undefined) return undefined;
    const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit];
    return milliseconds === undefined ? undefined : Number(amount) * milliseconds;
  },
};

/** As sluice.yml and GitHub both allow it; GitHub's own names may hold more, but not in a path or a shell. */
export const environmentName = matching(
  'the name of an environment of sluice.yml',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
);

export const commitSha = matching('a full commit SHA, 40 hexadecimal digits', /^[0-9a-f]{40}$/);

export const digest = matching('a digest, sha256: and 64 hexadecimal digits', /^sha256:[0-9a-f]{64}$/);

/** The reference of an image by its digest: `registry/repository@sha256:…`. */
export const imageByDigest = matching(
  'an image by its digest, registry/repository@sha256:…',
  /^[A-Za-z0-9.-]+(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+@sha256:[0-9a-f]{64}$/,
);

/** A version as it is deployed: a commit, or a tag without its `v`. */
export const version = matching(
  'a version: a full commit SHA, or a tag without its v',
  /^[0-9A-Za-z][0-9A-Za-z.+-]{0,127}$/,
);

/** `refs/heads/…`, `refs/tags/…`, by git's own rules (git-check-ref-format), and without what a shell would read. */
export const gitRef = matching(
  'a full ref such as refs/heads/main',
  /^refs\/(heads|tags|pull)\/(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)))[A-Za-z0-9_][A-Za-z0-9._/@+#-]{0,240}(?<![./])$/,
);

/** The name of a branch, without `refs/heads/`. */
export const branchName: Kind<string> = {
  expected: 'the name of a branch',
  parse: (value) => (gitRef.parse(`refs/heads/${value}`) === undefined ? undefined : value),
};

export const serviceDeploymentArn = matching(
  'the ARN of an ECS service deployment',
  /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:service-deployment\/[\w-]+\/[\w-]+\/[\w-]+$/,
);

/** A path inside of the workspace: relative, and never up. */
export const workspacePath: Kind<string> = {
  expected: 'a path inside of the repository',
  parse: (value) =>
    value.startsWith('/') || value.includes('\0') || value.split(/[/\\]/).includes('..') ? undefined : value,
};

export const httpUrl: Kind<URL> = {
  expected: 'an http or https URL without a user name in it',
  parse: (value) => {
    const url = URL.parse(value);
    if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
    return url.username === '' && url.password === '' ? url : undefined;
  },
};

/** What `toJSON(vars)` gives: a JSON object whose values are text. */
export const variables: Kind<Readonly<Record<string, string>>> = {
  expected: 'a JSON object of text values, as ${{ toJSON(vars) }} gives it',
  parse: (value) => {
    const parsed = parseJson(value);
    // `toJSON(vars)` is `null` where a repository has no variable at all.
    if (parsed === null) return {};
    if (typeof parsed !== 'object' || Array.isArray(parsed)) return undefined;
    const entries = Object.entries(parsed);
    return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
      ? Object.fromEntries(entries)
      : undefined;
  },
};

/** Any JSON document; its shape is checked where it is used. */
export const json: Kind<unknown> = { expected: 'a JSON document', parse: parseJson };

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

function shorten(value: string): string {
  return value.length <= 80 ? value : `${value.slice(0, 77)}…`;
}
