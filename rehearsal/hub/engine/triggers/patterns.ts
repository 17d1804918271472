/**
 * GitHub's filter patterns (docs.github.com, "Filter pattern cheat sheet"): `*` is any characters but `/`, `**` any
 * characters, `?` and `+` repeat the character before them as in a regular expression, `[…]` is a class, `\` escapes.
 * A pattern matches the whole name.
 */
export function patternToRegExp(pattern: string): RegExp {
  let source = '';
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    const rest = pattern.slice(index);
    const characterClass = /^\[[A-Za-z0-9_-]+\]/.exec(rest)?.[0];
    if (rest.startsWith('**/') && (index === 0 || pattern.charAt(index - 1) === '/')) {
      // `**/x` also matches `x` itself.
      source += '(?:.*/)?';
      index += 2;
    } else if (rest.startsWith('**')) {
      source += '.*';
      index += 1;
    } else if (character === '*') source += '[^/]*';
    else if ((character === '?' || character === '+') && index > 0) source += character;
    else if (characterClass !== undefined) {
      source += characterClass;
      index += characterClass.length - 1;
    } else if (character === '\\' && index + 1 < pattern.length) {
      source += escaped(pattern.charAt(index + 1));
      index += 1;
    } else source += escaped(character);
  }
  return new RegExp(`^${source}$`, 'su');
}

/** Whether a name is in: patterns are read in order, the last one that matches decides, `!` takes out again. */
export function matchesPatterns(name: string, patterns: readonly string[]): boolean {
  let included = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!');
    if (patternToRegExp(negated ? pattern.slice(1) : pattern).test(name)) included = !negated;
  }
  return included;
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
}
