import type { Config, EnvironmentConfig } from './schema/index.ts';

type Trigger = EnvironmentConfig['on'];

/** The environment that a ref deploys to: `refs/heads/develop`, `refs/tags/v1.2.3`. */
export function matchEnvironment(config: Config, ref: string): string | undefined {
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1];
  return Object.entries(config.environments).find(([, { on }]) =>
    'branch' in on ? on.branch === branch : tag !== undefined && glob(on.tag).test(tag),
  )?.[0];
}

/** Whether there is a ref that both answer to. */
export function overlap(a: Trigger, b: Trigger): boolean {
  if ('branch' in a) return 'branch' in b && a.branch === b.branch;
  return 'tag' in b && patternsOverlap(a.tag, b.tag);
}

/** As GitHub's filters have it: `*` is anything but a /, `**` anything at all. */
function glob(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*?)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replaceAll(/[.+^${}()|[\]\\?]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${source}$`);
}

/** Whether one text can match two patterns: both are walked at once, a wildcard taking any number of the other's. */
function patternsOverlap(a: string, b: string): boolean {
  const one = tokens(a);
  const two = tokens(b);
  const seen = new Set<string>();
  const from = (i: number, j: number): boolean => {
    const key = `${i},${j}`;
    if (seen.has(key)) return false;
    seen.add(key);
    const x = one[i];
    const y = two[j];
    if (x === undefined && y === undefined) return true;
    if (isWild(x) && from(i + 1, j)) return true;
    if (isWild(y) && from(i, j + 1)) return true;
    if (x === undefined || y === undefined) return false;
    if (isWild(x) && isWild(y)) return false;
    if (isWild(x)) return takes(x, y) && from(i, j + 1);
    if (isWild(y)) return takes(y, x) && from(i + 1, j);
    return x === y && from(i + 1, j + 1);
  };
  return from(0, 0);
}

function tokens(pattern: string): string[] {
  return pattern.match(/\*\*|./gsu) ?? [];
}

function isWild(token: string | undefined): token is '*' | '**' {
  return token === '*' || token === '**';
}

function takes(wildcard: '*' | '**', character: string): boolean {
  return wildcard === '**' || character !== '/';
}
