import { type Finding, keyOf, sortFindings, type Vulnerability, worse } from './finding.ts';

/**
 * One finding for what several scanners found. Two advisories are the same where any chain of aliases joins their
 * names, whoever told the alias; two findings are the same where the advisory and the package are.
 */
export function mergeFindings(findings: readonly Finding[]): readonly Finding[] {
  const names = new Names();
  for (const finding of findings) if (finding.kind === 'vulnerability') names.join(finding.ids);

  const merged = new Map<string, Finding>();
  for (const finding of findings) {
    const key =
      finding.kind === 'secret'
        ? keyOf(finding)
        : `${finding.purl} ${names.representative(finding.ids[0] ?? '')}`;
    const other = merged.get(key);
    merged.set(key, other === undefined ? finding : combine(other, finding));
  }
  return sortFindings([...merged.values()].map((finding) => withAllNames(finding, names)));
}

function combine(one: Finding, other: Finding): Finding {
  const scanners = union(one.scanners, other.scanners);
  if (one.kind === 'secret' || other.kind === 'secret') return { ...one, scanners };
  return {
    ...one,
    ids: union(one.ids, other.ids),
    severity: worse(one.severity, other.severity),
    title: one.title === '' ? other.title : one.title,
    fixedIn: one.fixedIn ?? other.fixedIn,
    url: one.url ?? other.url,
    scanners,
  };
}

/** A waiver may name any of them, also one that only the report about another package told. */
function withAllNames(finding: Finding, names: Names): Finding {
  return finding.kind === 'secret' ? finding : { ...finding, ids: preferred(names.all(finding)) };
}

/** A CVE is what people look for; then GitHub's own names, then the rest. */
function preferred(ids: readonly string[]): readonly string[] {
  const rank = (id: string): number => (id.startsWith('CVE-') ? 0 : id.startsWith('GHSA-') ? 1 : 2);
  return [...ids].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

function union<T extends string>(one: readonly T[], other: readonly T[]): readonly T[] {
  return other.every((item) => one.includes(item)) ? one : [...new Set([...one, ...other])];
}

/** Names that mean the same advisory, as a disjoint-set forest with path halving. */
class Names {
  readonly #parents = new Map<string, string>();
  readonly #members = new Map<string, Set<string>>();

  join(names: readonly string[]): void {
    const [first, ...others] = names;
    if (first === undefined) return;
    for (const other of [first, ...others]) this.#unite(first, other);
  }

  representative(name: string): string {
    let here = name;
    for (;;) {
      const parent = this.#parents.get(here) ?? here;
      if (parent === here) return here;
      const grandparent = this.#parents.get(parent) ?? parent;
      this.#parents.set(here, grandparent);
      here = grandparent;
    }
  }

  all({ ids }: Vulnerability): readonly string[] {
    return [...(this.#members.get(this.representative(ids[0] ?? '')) ?? ids)];
  }

  #unite(one: string, other: string): void {
    const a = this.representative(one);
    const b = this.representative(other);
    const into = this.#members.get(a) ?? new Set([a]);
    this.#members.set(a, into);
    if (a === b) return;
    this.#parents.set(b, a);
    for (const name of this.#members.get(b) ?? [b]) into.add(name);
    this.#members.delete(b);
  }
}
