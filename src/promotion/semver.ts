/** A version as https://semver.org has it. Build metadata tells versions apart for people alone, and is not kept. */
export interface SemanticVersion {
  readonly numbers: readonly [major: number, minor: number, patch: number];
  readonly prerelease: readonly string[];
}

/** https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string */
const pattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*))?(?:\+([\da-zA-Z-]+(?:\.[\da-zA-Z-]+)*))?$/;

/** Strictly; `undefined` for anything else, a leading `v` included. */
export function parseVersion(text: string): SemanticVersion | undefined {
  const [, major, minor, patch, prerelease] = pattern.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    prerelease: prerelease?.split('.') ?? [],
  };
}

/** Negative where `a` comes before `b`, 0 where neither does: https://semver.org/#spec-item-11 */
export function compareVersions(a: SemanticVersion, b: SemanticVersion): number {
  for (const index of [0, 1, 2] as const) {
    const difference = a.numbers[index] - b.numbers[index];
    if (difference !== 0) return difference;
  }
  // A version without a prerelease comes after all of its prereleases.
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return Number(a.prerelease.length === 0) - Number(b.prerelease.length === 0);
  }
  for (const [index, one] of a.prerelease.entries()) {
    const two = b.prerelease[index];
    if (two === undefined) return 1;
    const difference = compareIdentifiers(one, two);
    if (difference !== 0) return difference;
  }
  return a.prerelease.length - b.prerelease.length;
}

/** Numbers by their value and before all texts, texts in ASCII order. */
function compareIdentifiers(one: string, two: string): number {
  const isNumber = (text: string): boolean => /^\d+$/.test(text);
  if (isNumber(one) !== isNumber(two)) return isNumber(one) ? -1 : 1;
  if (isNumber(one)) return Number(one) - Number(two);
  return one === two ? 0 : one < two ? -1 : 1;
}
