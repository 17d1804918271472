import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { severityOf, type Vulnerability } from '../finding.ts';
import { formatPurl } from '../purl.ts';
import { listOf, readJson } from './json.ts';
import { readLockFile, type LockedPackage } from './lock-file.ts';
import type { ProgramScanner } from './scanner.ts';

const advisory = z.object({
  source: z.union([z.number(), z.string()]),
  name: z.string(),
  title: z.string().optional(),
  url: z.string().optional(),
  severity: z.string().optional(),
});

const report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(
    z.string(),
    z.object({
      name: z.string(),
      // Text where the package is only hit because it depends on one that is.
      via: listOf(z.union([z.string(), advisory])),
      nodes: listOf(z.string()),
    }),
  ),
  metadata: z.object({ dependencies: z.object({ total: z.number() }) }),
});

/** What it prints instead, and ends with 1 as well, where the registry does not answer as it should. */
const refusal = z.object({ message: z.string(), error: z.unknown() });

/** The vulnerabilities of what a `package-lock.json` installs, asked of npm's registry. */
export const npmAudit: ProgramScanner = {
  kind: 'program',
  name: 'npm-audit',
  category: 'dependencies',
  needs: 'lockFile',
  printsSecrets: false,
  version: undefined,
  installation: { kind: 'with-node', program: 'npm', versionArgs: ['--version'] },
  command: async ({ workspace, lockFile = '', scratch }) => {
    // Away from the workspace, whose root npm would look at instead.
    const folder = path.join(scratch, 'npm-audit');
    await mkdir(folder, { recursive: true });
    const from = path.join(workspace, path.dirname(lockFile));
    await copyFile(path.join(from, 'package.json'), path.join(folder, 'package.json'));
    await copyFile(path.join(workspace, lockFile), path.join(folder, 'package-lock.json'));
    return { args: ['audit', '--json', '--package-lock-only', '--omit=dev'], cwd: folder };
  },
  // 1: it found something, or the registry did not answer; then there is no report in what it prints.
  finished: [0, 1],
  read: async ({ stdout }, { workspace, lockFile = '' }) => {
    const printed = readJson(stdout, z.union([report, refusal]));
    if (!('vulnerabilities' in printed)) throw new Error(`npm was not told: ${printed.message}`);
    const { vulnerabilities, metadata } = printed;
    const locked = new Map((await readLockFile(workspace, lockFile)).map((each) => [each.node, each]));
    return {
      findings: Object.values(vulnerabilities).flatMap(({ via, nodes }) =>
        via.flatMap((each) => (typeof each === 'string' ? [] : readAdvisory(each, nodes, locked, lockFile))),
      ),
      looked: metadata.dependencies.total,
      database: { kind: 'live' },
    };
  },
};

/** One finding for each version that is installed; without one where the lock file does not know the place. */
function readAdvisory(
  { source, name, title, url, severity }: z.output<typeof advisory>,
  nodes: readonly string[],
  locked: ReadonlyMap<string, LockedPackage>,
  place: string,
): Vulnerability[] {
  const id = /GHSA(?:-[0-9a-z]{4}){3}/.exec(url ?? '')?.[0] ?? `npm-${source}`;
  const versions = new Set(nodes.map((node) => locked.get(node)?.version));
  if (versions.size === 0) versions.add(undefined);
  return [...versions].map((version) => ({
    kind: 'vulnerability',
    ids: [id],
    purl: formatPurl({ type: 'npm', name, version }),
    severity: severityOf(severity),
    title: title ?? '',
    fixedIn: undefined,
    url,
    place,
    scanners: ['npm-audit'],
  }));
}
