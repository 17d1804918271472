import path from 'node:path';
import { z } from 'zod';
import { severityOf } from '../finding.ts';
import { canonicalPurl } from '../purl.ts';
import { advisoryId, listOf, readJson, time } from './json.ts';
import type { ProgramScanner } from './scanner.ts';

const report = z.object({
  matches: z.array(
    z.object({
      vulnerability: z.object({
        id: advisoryId,
        dataSource: z.string().optional(),
        severity: z.string().optional(),
        description: z.string().optional(),
        fix: z.object({ versions: listOf(z.string()) }).optional(),
      }),
      relatedVulnerabilities: listOf(z.object({ id: advisoryId, severity: z.string().optional() })),
      artifact: z.object({
        name: z.string(),
        version: z.string(),
        type: z.string(),
        purl: z.string().optional(),
        locations: listOf(z.object({ path: z.string() })),
      }),
    }),
  ),
  source: z.object({
    type: z.literal('image'),
    /** `userInput`: what it was told to look at, with or without `oci-dir:`. */
    target: z.object({ userInput: z.string() }),
  }),
  descriptor: z.object({
    name: z.literal('grype'),
    // Since schema 6 of its database under `status`, before that directly.
    db: z
      .object({
        built: time.optional(),
        status: z.object({ built: time.optional() }).optional(),
      })
      .optional(),
  }),
});

/** The vulnerabilities of an image, by Anchore's catalogue of its packages. */
export const grype: ProgramScanner = {
  kind: 'program',
  name: 'grype',
  category: 'image',
  needs: 'layout',
  printsSecrets: false,
  version: '0.110.0',
  installation: {
    kind: 'release',
    program: 'grype',
    versionArgs: ['--version'],
    files: {
      'linux-x64': {
        url: 'https://github.com/anchore/grype/releases/download/v0.110.0/grype_0.110.0_linux_amd64.tar.gz',
        sha256: 'aaa98d27d2d7efd9317c6a1ad6d9b15f3e65bab320e7d03bde41e251387bb71c',
        archived: true,
      },
      'linux-arm64': {
        url: 'https://github.com/anchore/grype/releases/download/v0.110.0/grype_0.110.0_linux_arm64.tar.gz',
        sha256: '804041ee69f119022e3e866741a558eae6f2df372a5dc1a5376d456d16f8c931',
        archived: true,
      },
    },
  },
  command: ({ layout, scratch }) => ({
    args: [`oci-dir:${layout ?? ''}`, '--output', 'json', '--quiet'],
    environment: {
      GRYPE_DB_CACHE_DIR: path.join(scratch, 'grype'),
      GRYPE_CHECK_FOR_APP_UPDATE: 'false',
    },
  }),
  finished: [0],
  read: ({ stdout }, { layout }) => {
    const { matches, source, descriptor } = readJson(stdout, report);
    const { userInput } = source.target;
    if (layout === undefined || ![layout, `oci-dir:${layout}`].includes(userInput)) {
      throw new Error('it is about something else than the image');
    }
    const builtAt = descriptor.db?.status?.built ?? descriptor.db?.built;
    return {
      findings: matches.map(({ vulnerability, relatedVulnerabilities, artifact }) => ({
        kind: 'vulnerability' as const,
        ids: namesOf(vulnerability.id, relatedVulnerabilities),
        purl: canonicalPurl(artifact.purl || `pkg:generic/${artifact.name}@${artifact.version}`),
        severity: severityOf(vulnerability.severity),
        title: vulnerability.description?.split('\n')[0] ?? '',
        fixedIn: vulnerability.fix?.versions.join(', ') || undefined,
        url: vulnerability.dataSource,
        place: artifact.locations[0]?.path ?? artifact.name,
        scanners: ['grype'] as const,
      })),
      // It tells what matched, and not how many packages it matched.
      looked: undefined,
      database: builtAt === undefined ? { kind: 'undated' } : { kind: 'dated', builtAt },
    };
  },
};

/**
 * A vulnerability with what it is called elsewhere. A distribution's advisory that is about several of them keeps its
 * own name alone: a waiver of one of them must not cover the others.
 */
function namesOf(id: string, related: readonly { readonly id: string }[]): readonly string[] {
  const others = new Set(related.map((each) => each.id).filter((other) => other !== id));
  return others.size === 1 ? [id, ...others] : [id];
}
