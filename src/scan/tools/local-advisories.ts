import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { severityOf, type Vulnerability } from '../finding.ts';
import { formatPurl } from '../purl.ts';
import { compareVersions } from '../version.ts';
import { advisoryId, listOf, readJson, time } from './json.ts';
import { readLockFile, type LockedPackage } from './lock-file.ts';
import type { BuiltInScanner } from './scanner.ts';

const event = z.object({
  introduced: z.string().optional(),
  fixed: z.string().optional(),
  last_affected: z.string().optional(),
});

const affected = z.object({
  package: z.object({ ecosystem: z.string(), name: z.string() }),
  ranges: listOf(z.object({ type: z.string(), events: z.array(event) })),
  versions: listOf(z.string()),
});

/** The part of https://ossf.github.io/osv-schema/ that is needed to tell whether a package is hit. */
const advisory = z.object({
  id: advisoryId,
  aliases: listOf(advisoryId),
  withdrawn: z.string().optional(),
  summary: z.string().optional(),
  affected: z.array(affected),
  database_specific: z.object({ severity: z.string().optional() }).optional(),
});

const database = z.object({ builtAt: time });

type Advisory = z.output<typeof advisory>;

/**
 * The vulnerabilities of what a `package-lock.json` installs, looked up in a folder: `database.json` with `builtAt`,
 * and a file in OSV's format for each advisory. For where there is no network.
 */
export const localAdvisories: BuiltInScanner = {
  kind: 'built-in',
  name: 'local-advisories',
  category: 'dependencies',
  needs: 'advisories',
  printsSecrets: false,
  version: '1',
  scan: async ({ workspace, lockFile, advisories = '' }) => {
    if (lockFile === undefined) throw new Error('there is no package-lock.json to look at');
    const folder = path.join(workspace, advisories);
    const { builtAt } = readJson(await readFile(path.join(folder, 'database.json'), 'utf8'), database);
    const byPackage = await readAdvisories(folder);
    const packages = await readLockFile(workspace, lockFile);
    return {
      findings: packages.flatMap((locked) =>
        (byPackage.get(locked.name) ?? [])
          .filter((each) => isHit(each, locked))
          .map((each) => finding(each, locked, lockFile)),
      ),
      looked: packages.length,
      database: { kind: 'dated', builtAt },
    };
  },
};

async function readAdvisories(folder: string): Promise<ReadonlyMap<string, readonly Advisory[]>> {
  const byPackage = new Map<string, Advisory[]>();
  for (const name of (await readdir(folder)).sort()) {
    if (!name.endsWith('.json') || name === 'database.json') continue;
    const read = readNamed(name, await readFile(path.join(folder, name), 'utf8'));
    if (read.withdrawn !== undefined) continue;
    for (const hit of new Set(read.affected.map((each) => each.package.name))) {
      byPackage.set(hit, [...(byPackage.get(hit) ?? []), read]);
    }
  }
  if (byPackage.size === 0) throw new Error(`${folder} has no advisory in it`);
  return byPackage;
}

function readNamed(name: string, text: string): Advisory {
  try {
    return readJson(text, advisory);
  } catch (error) {
    throw new Error(`${name} cannot be read`, { cause: error });
  }
}

function isHit({ affected }: Advisory, { name, version }: LockedPackage): boolean {
  return affected.some(
    (each) =>
      each.package.ecosystem === 'npm' &&
      each.package.name === name &&
      (each.versions.includes(version) ||
        each.ranges.some(({ type, events }) => type === 'SEMVER' && isInRange(version, events))),
  );
}

/** https://ossf.github.io/osv-schema/#evaluation: the last event at or below the version decides. */
function isInRange(version: string, events: readonly z.output<typeof event>[]): boolean {
  let hit = false;
  for (const { introduced, fixed, last_affected: last } of events) {
    if (introduced !== undefined && (introduced === '0' || compareVersions(version, introduced) >= 0))
      hit = true;
    if (fixed !== undefined && compareVersions(version, fixed) >= 0) hit = false;
    if (last !== undefined && compareVersions(version, last) > 0) hit = false;
  }
  return hit;
}

function finding(
  { id, aliases, summary, affected, database_specific: specific }: Advisory,
  { name, version }: LockedPackage,
  place: string,
): Vulnerability {
  const fixed = affected
    .filter((each) => each.package.name === name)
    .flatMap(({ ranges }) => ranges.flatMap(({ events }) => events.flatMap((each) => each.fixed ?? [])));
  return {
    kind: 'vulnerability',
    ids: [id, ...aliases],
    purl: formatPurl({ type: 'npm', name, version }),
    severity: severityOf(specific?.severity),
    title: summary ?? '',
    fixedIn: fixed.join(', ') || undefined,
    url: `https://osv.dev/${id}`,
    place,
    scanners: ['local-advisories'],
  };
}
