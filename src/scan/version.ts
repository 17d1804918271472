/**
 * Compares two versions by the precedence of https://semver.org/spec/v2.0.0.html#spec-item-11; build metadata does not
 * count, and a part that is missing is 0.
 */
export function compareVersions(a: string, b: string): number {
  const one = split(a);
  const other = split(b);
  for (let index = 0; index < 3; index += 1) {
    const difference = (one.numbers[index] ?? 0) - (other.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePrerelease(one.prerelease, other.prerelease);
}

function split(version: string): {
  readonly numbers: readonly number[];
  readonly prerelease: readonly string[];
} {
  const [, core = '', prerelease] = /^v?([\d.]*)(?:-([0-9A-Za-z.-]+))?/.exec(version) ?? [];
  return { numbers: core.split('.').map(Number), prerelease: prerelease?.split('.') ?? [] };
}

function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  // A version without one comes after all that have one.
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const one = a[index];
    const other = b[index];
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
    if (one !== other) return compareIdentifiers(one, other);
  }
  return 0;
}

function compareIdentifiers(a: string, b: string): number {
  const numeric = /^\d+$/;
  if (numeric.test(a) && numeric.test(b)) return Number(a) - Number(b);
  if (numeric.test(a) !== numeric.test(b)) return numeric.test(a) ? -1 : 1;
  return a < b ? -1 : 1;
}
