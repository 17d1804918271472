import path from 'node:path';
import { z } from 'zod';
import { severityOf, type Vulnerability } from '../finding.ts';
import { canonicalPurl } from '../purl.ts';
import { advisoryId, listOf, readJson, time } from './json.ts';
import type { Database, ProgramScanner, Subject } from './scanner.ts';

const vulnerability = z.object({
  VulnerabilityID: advisoryId,
  /** The vendor's names: `GHSA-…` for the same, and `DSA-…` or `RHSA-…` that are about several. */
  VendorIDs: listOf(z.string()),
  PkgName: z.string(),
  PkgIdentifier: z.object({ PURL: z.string().optional() }).optional(),
  InstalledVersion: z.string().optional(),
  FixedVersion: z.string().optional(),
  PrimaryURL: z.string().optional(),
  Title: z.string().optional(),
  Severity: z.string().optional(),
});

const report = z.object({
  SchemaVersion: z.literal(2),
  /** What it was told to look at, as it was told. */
  ArtifactName: z.string(),
  ArtifactType: z.literal('container_image'),
  Results: listOf(
    z.object({
      Target: z.string(),
      Packages: listOf(z.unknown()),
      Vulnerabilities: listOf(vulnerability),
    }),
  ),
});

const version = z.object({ VulnerabilityDB: z.object({ UpdatedAt: time }) });

/** The vulnerabilities of an image: the packages of its distribution, and of the languages that it knows. */
export const trivy: ProgramScanner = {
  kind: 'program',
  name: 'trivy',
  category: 'image',
  needs: 'layout',
  printsSecrets: false,
  // 0.69.4 was published by an attacker (GHSA-69fq-xp46-6x23); this is the release before it, by its checksum.
  version: '0.69.3',
  installation: {
    kind: 'release',
    program: 'trivy',
    versionArgs: ['--version'],
    files: {
      'linux-x64': {
        url: 'https://github.com/aquasecurity/trivy/releases/download/v0.69.3/trivy_0.69.3_Linux-64bit.tar.gz',
        sha256: '1816b632dfe529869c740c0913e36bd1629cb7688bd5634f4a858c1d57c88b75',
        archived: true,
      },
      'linux-arm64': {
        url: 'https://github.com/aquasecurity/trivy/releases/download/v0.69.3/trivy_0.69.3_Linux-ARM64.tar.gz',
        sha256: '7e3924a974e912e57b4a99f65ece7931f8079584dae12eb7845024f97087bdfd',
        archived: true,
      },
    },
  },
  command: (subject) => ({
    args: [
      'image',
      ...['--input', subject.layout ?? ''],
      ...['--format', 'json'],
      // Secrets are looked for where they can be removed, in the repository.
      ...['--scanners', 'vuln'],
      // Without it, an image that it could not read looks like one without vulnerabilities.
      '--list-all-pkgs',
      '--no-progress',
      '--quiet',
      ...cache(subject),
    ],
  }),
  databaseCommand: (subject) => ({ args: ['version', '--format', 'json', ...cache(subject)] }),
  finished: [0],
  read: ({ stdout, database }, { layout }) => {
    const { ArtifactName, Results } = readJson(stdout, report);
    if (ArtifactName !== layout) throw new Error('it is about something else than the image');
    return {
      findings: Results.flatMap(({ Target, Vulnerabilities }) =>
        Vulnerabilities.map((found) => read(found, Target)),
      ),
      looked: Results.reduce((sum, { Packages }) => sum + Packages.length, 0),
      database: readDatabase(database),
    };
  },
};

function cache({ scratch }: Subject): readonly string[] {
  return ['--cache-dir', path.join(scratch, 'trivy')];
}

function read(found: z.output<typeof vulnerability>, target: string): Vulnerability {
  const purl = found.PkgIdentifier?.PURL ?? `pkg:generic/${found.PkgName}@${found.InstalledVersion ?? ''}`;
  return {
    kind: 'vulnerability',
    // A distribution's advisory is no alias: it is about several vulnerabilities, of which a waiver means one.
    ids: [...new Set([found.VulnerabilityID, ...found.VendorIDs.filter((id) => /^(?:CVE|GHSA)-/.test(id))])],
    purl: canonicalPurl(purl),
    severity: severityOf(found.Severity),
    title: found.Title ?? '',
    fixedIn: found.FixedVersion,
    url: found.PrimaryURL,
    place: target,
    scanners: ['trivy'],
  };
}

function readDatabase(printed: string | undefined): Database {
  if (printed === undefined) return { kind: 'undated' };
  try {
    return { kind: 'dated', builtAt: readJson(printed, version).VulnerabilityDB.UpdatedAt };
  } catch {
    return { kind: 'undated' };
  }
}
