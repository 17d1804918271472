interface Ignore {
  readonly ignores: (path: string) => boolean;
  /** Whether something below an ignored folder may be taken back in (`!`). */
  readonly hasExceptionBelow: (folder: string) => boolean;
}

/**
 * `.dockerignore`, with the rules of https://docs.docker.com/build/concepts/context/#dockerignore-files: patterns are
 * anchored at the context, a match of a folder takes all that is below it, and the last line that matches decides.
 */
export function readIgnore(text: string): Ignore {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const negated = line.startsWith('!');
      const pattern = clean(negated ? line.slice(1).trim() : line);
      return { negated, pattern, matches: pattern === '' ? undefined : toRegExp(pattern) };
    });
  const ignores = (path: string): boolean => {
    let ignored = false;
    for (const { negated, matches } of rules) {
      if (matches?.test(path) === true) ignored = !negated;
    }
    return ignored;
  };
  const exceptions = rules.filter(({ negated }) => negated).map(({ pattern }) => fixedPart(pattern));
  const hasExceptionBelow = (folder: string): boolean =>
    exceptions.some(
      (fixed) => `${fixed}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${fixed}/`) || fixed === '',
    );
  return { ignores, hasExceptionBelow };
}

/** The folders that a pattern names before its first wildcard. */
function fixedPart(pattern: string): string {
  const parts = pattern.split('/');
  const wildcard = parts.findIndex((part) => /[*?[\\]/.test(part));
  return (wildcard < 0 ? parts : parts.slice(0, wildcard)).join('/');
}

/** As Go's `filepath.Clean`, without the leading slash. */
function clean(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** A pattern of Go's `filepath.Match` plus `**`, for a path and everything below it. */
export function toRegExp(pattern: string): RegExp {
  let source = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === '*' && pattern[index + 1] === '*') {
      index++;
      if (pattern[index + 1] === '/') {
        index++;
        source += '(?:.*/)?';
      } else source += '.*';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const end = pattern.indexOf(']', index + 2);
      if (end < 0) source += '\\[';
      else {
        source += `[${pattern.slice(index + 1, end).replaceAll('\\', '\\\\')}]`;
        index = end;
      }
    } else if (character === '\\' && index + 1 < pattern.length) {
      index++;
      source += literal(pattern.charAt(index));
    } else source += literal(character);
  }
  return new RegExp(`^${source}(?:/.*)?$`, 's');
}

const literal = (character: string): string => character.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
