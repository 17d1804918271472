import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { severityOf, severityOfScore, type Vulnerability, worse } from '../finding.ts';
import { formatPurl } from '../purl.ts';
import { advisoryId, listOf, readJson } from './json.ts';
import { ecosystemOf } from './osv.ts';
import type { ProgramScanner } from './scanner.ts';

const vulnerability = z.object({
  id: advisoryId,
  aliases: listOf(advisoryId),
  summary: z.string().optional(),
  database_specific: z.object({ severity: z.unknown().optional() }).nullish(),
  affected: listOf(
    z.object({
      package: z.object({ name: z.string() }).nullish(),
      ranges: listOf(z.object({ events: listOf(z.object({ fixed: z.string().optional() })) })),
    }),
  ),
});

const found = z.object({
  package: z.object({ name: z.string(), version: z.string(), ecosystem: z.string() }),
  vulnerabilities: listOf(vulnerability),
  groups: listOf(z.object({ ids: listOf(advisoryId), max_severity: z.string().optional() })),
});

const report = z.object({
  results: z.array(z.object({ source: z.object({ path: z.string() }), packages: listOf(found) })),
});

/** The vulnerabilities of what a lock file names, asked of osv.dev. */
export const osvScanner: ProgramScanner = {
  kind: 'program',
  name: 'osv-scanner',
  category: 'dependencies',
  needs: 'lockFile',
  printsSecrets: false,
  version: '2.3.8',
  installation: {
    kind: 'release',
    program: 'osv-scanner',
    versionArgs: ['--version'],
    files: {
      'linux-x64': {
        url: 'https://github.com/google/osv-scanner/releases/download/v2.3.8/osv-scanner_linux_amd64',
        sha256: 'bc98e15319ed0d515e3f9235287ba53cdc5535d576d24fd573978ecfe9ab92dc',
        archived: false,
      },
      'linux-arm64': {
        url: 'https://github.com/google/osv-scanner/releases/download/v2.3.8/osv-scanner_linux_arm64',
        sha256: '8158b18edd2d03b1a30d905ca91b032bc62262167be8f206c27114f08823e27c',
        archived: false,
      },
    },
  },
  command: async ({ workspace, lockFile = '', scratch }) => {
    // Away from the workspace: an osv-scanner.toml beside the lock file could except findings, without a waiver.
    const folder = path.join(scratch, 'osv-scanner');
    await mkdir(folder, { recursive: true });
    const copy = path.join(folder, path.basename(lockFile));
    await copyFile(path.join(workspace, lockFile), copy);
    return {
      args: [
        ...['scan', 'source'],
        ...['--lockfile', copy],
        ...['--format', 'json'],
        // Without it, a lock file that it could not read looks like one without vulnerabilities.
        '--all-packages',
        ...['--verbosity', 'error'],
      ],
      cwd: folder,
    };
  },
  // 1: it found something. 127: it failed; 128: it found no packages.
  finished: [0, 1],
  read: ({ stdout }, { lockFile = '' }) => {
    const packages = readJson(stdout, report).results.flatMap((result) => result.packages);
    return {
      findings: packages.flatMap((each) => readPackage(each, lockFile)),
      looked: packages.length,
      database: { kind: 'live' },
    };
  },
};

function readPackage(entry: z.output<typeof found>, lockFile: string): Vulnerability[] {
  const { name, version, ecosystem } = entry.package;
  const { type, purlName } = ecosystemOf(ecosystem, name);
  return entry.vulnerabilities.map((each) => {
    const group = entry.groups.find(({ ids }) => ids.includes(each.id));
    const fixed = each.affected
      .filter((affected) => affected.package?.name === name)
      .flatMap(({ ranges }) => ranges.flatMap(({ events }) => events.flatMap((event) => event.fixed ?? [])));
    const stated = each.database_specific?.severity;
    return {
      kind: 'vulnerability',
      ids: [...new Set([each.id, ...each.aliases, ...(group?.ids ?? [])])],
      purl: formatPurl({ type, name: purlName, version }),
      severity: worse(
        severityOf(typeof stated === 'string' ? stated : undefined),
        severityOfScore(Number.parseFloat(group?.max_severity ?? '')),
      ),
      title: each.summary ?? '',
      fixedIn: fixed.join(', ') || undefined,
      url: `https://osv.dev/${each.id}`,
      place: lockFile,
      scanners: ['osv-scanner'],
    };
  });
}
