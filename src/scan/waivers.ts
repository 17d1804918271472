import { z } from 'zod';
import { readYaml, type Path, type Source } from '../config/document.ts';
import type { Problem } from '../config/index.ts';
import { shown } from '../config/problem.ts';
import type { Finding } from './finding.ts';
import { isInScope, parsePurl } from './purl.ts';

/** A finding that is accepted for a while. */
export interface Waiver {
  /** `CVE-2024-1`, `GHSA-…`, or a secret's `secret:…`. */
  readonly id: string;
  /** A package URL, of one version or of all; of a secret, its file. */
  readonly scope: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day on which it holds, `2026-12-31`. */
  readonly expires: string;
  /** Where it stands. */
  readonly place: Pick<Problem, 'file' | 'line' | 'column'>;
}

export interface Waivers {
  readonly waivers: readonly Waiver[];
  readonly problems: readonly Problem[];
}

/** Long enough for a release of whoever has to fix it, and short enough that it is looked at again. */
export const longestWaiverDays = 90;

const dayMs = 86_400_000;

const text = (expected: string) => z.string({ error: expected }).trim().min(1, { error: expected });

const id = text('an advisory (CVE-…, GHSA-…) or a secret (secret:…)');
const scope = text('a package URL (pkg:npm/name or pkg:npm/name@1.2.3), or the file of a secret');

const waiver = z.strictObject({
  id,
  scope,
  reason: text('why it is accepted').min(10, { error: 'why it is accepted, in at least 10 characters' }),
  owner: text('who answers for it'),
  expires: z
    .string({ error: 'a day, YYYY-MM-DD' })
    .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'a day, YYYY-MM-DD' })
    .refine(isDay, { error: 'a day that there is, YYYY-MM-DD' }),
});

function isDay(text: string): boolean {
  const time = Date.parse(text);
  // The 31st of a month that has 30 days is read as the 1st of the next.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const document = z.strictObject(
  { waivers: z.array(z.unknown(), { error: 'a list of waivers' }) },
  { error: 'waivers: and a list' },
);

/**
 * Reads the waivers: those that hold, and every mistake with its place. One that is expired, or that would hold for too
 * long, is a mistake. Never throws.
 */
export function parseWaivers(content: string, file: string, now: Date): Waivers {
  const { value, source, problems } = readYaml(content, file);
  if (problems.length > 0) return { waivers: [], problems };
  // A file with nothing but comments is how an empty list looks before the first waiver.
  if (value === null || value === undefined) return { waivers: [], problems: [] };
  const parsed = document.safeParse(value);
  if (!parsed.success) {
    return {
      waivers: [],
      problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, value, source)),
    };
  }
  const waivers: Waiver[] = [];
  const mistakes: Problem[] = [];
  for (const [index, entry] of parsed.data.waivers.entries()) {
    const path = ['waivers', index];
    const read = waiver.safeParse(entry);
    if (!read.success) {
      const issues = read.error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
      mistakes.push(...issues.flatMap((issue) => problemsOf(issue, value, source)));
      continue;
    }
    const wrong = objection(read.data, now);
    if (wrong !== undefined)
      mistakes.push(problem(source, [...path, wrong.key], wrong.found, wrong.expected));
    else waivers.push({ ...read.data, place: { file, ...source.valueAt(path) } });
  }
  return { waivers, problems: mistakes };
}

/** A waiver that no finding needs any more; it would silently accept the next one. */
export function unusedWaiver({ id: name, scope: where, place }: Waiver): Problem {
  return {
    ...place,
    path: 'waivers',
    value: `a waiver of ${name} for ${where}, which no scanner found`,
    expected: 'waivers only of what is found: remove it',
    suggestion: undefined,
  };
}

/** Whether a waiver is about a finding: any of the advisory's names, and the package or file. */
export function isWaived(finding: Finding, { id: name, scope: where }: Waiver): boolean {
  const same = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
  return finding.kind === 'secret'
    ? same(finding.id) && finding.file === where
    : finding.ids.some(same) && isInScope(finding.purl, where);
}

interface Objection {
  readonly key: 'expires' | 'scope';
  readonly found: string;
  readonly expected: string;
}

function objection(
  { id: name, scope: where, expires }: z.output<typeof waiver>,
  now: Date,
): Objection | undefined {
  if (!name.startsWith('secret:') && (parsePurl(where) === undefined || where.includes('*'))) {
    return {
      key: 'scope',
      found: shown(where),
      expected: 'a package URL: pkg:npm/name or pkg:npm/name@1.2.3',
    };
  }
  const today = now.toISOString().slice(0, 10);
  if (expires < today) {
    return {
      key: 'expires',
      found: `${expires}, which is over`,
      expected: 'a day to come: fix the finding, or decide on it anew',
    };
  }
  const last = new Date(Date.parse(today) + longestWaiverDays * dayMs).toISOString().slice(0, 10);
  return expires > last
    ? {
        key: 'expires',
        found: expires,
        expected: `at most ${longestWaiverDays} days from now: ${last} at the latest`,
      }
    : undefined;
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown, source: Source): Problem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      problem(source, [...path, key], `the key ${shown(key)}`, 'id, scope, reason, owner, expires', 'key'),
    );
  }
  const value = path.reduce<unknown>(
    (of, part) =>
      typeof of === 'object' && of !== null ? (of as Record<string | number, unknown>)[part] : undefined,
    root,
  );
  return [problem(source, path, shown(value), issue.message)];
}

function problem(
  source: Source,
  path: Path,
  value: string,
  expected: string,
  at: 'key' | 'value' = 'value',
): Problem {
  const place = at === 'key' ? source.keyAt(path) : source.valueAt(path);
  return { file: source.file, ...place, path: path.join('.'), value, expected, suggestion: undefined };
}
