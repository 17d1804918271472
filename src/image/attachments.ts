import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { buildEnvironment, type Context, type RunCommand } from '../github/index.ts';
import { type Descriptor, type Package, packReferrer } from './oci.ts';

/** The documents that travel with an image, as referrers of its digest. */
export const sbomType = 'application/vnd.cyclonedx+json';
export const provenanceType = 'application/vnd.in-toto+json';

export interface SbomOptions {
  /** The build context, absolute. */
  readonly context: string;
  readonly scratch: string;
  readonly run: RunCommand;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The software bill of materials of the context's lock file, as CycloneDX 1.5 JSON, or the reason why there is none.
 * Without its serial number and time, so that the same lock file gives the same document.
 */
export async function describeDependencies(
  options: SbomOptions,
): Promise<{ readonly document: string } | { readonly missing: string }> {
  // Away from the workspace: npm would otherwise describe the workspace's root.
  const folder = path.join(options.scratch, 'sbom');
  await mkdir(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) {
    try {
      await copyFile(path.join(options.context, file), path.join(folder, file));
    } catch {
      return { missing: `there is no ${file} in the build context` };
    }
  }
  const { exitCode, stdout, stderr } = await options.run(
    'npm',
    ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'],
    { cwd: folder, environment: buildEnvironment(options.environment) },
  );
  if (exitCode !== 0)
    return { missing: `npm sbom: ${stderr.trim().split('\n').at(-1) ?? `exit code ${exitCode}`}` };
  // Whatever differs from one run to the next is left out (JSON.stringify drops what is undefined).
  const document = JSON.parse(stdout) as { readonly metadata?: object };
  return {
    document: JSON.stringify({
      ...document,
      serialNumber: undefined,
      metadata: { ...document.metadata, timestamp: undefined },
    }),
  };
}

export interface ProvenanceFacts {
  readonly image: { readonly name: string; readonly digest: string };
  readonly run: Pick<Context, 'serverUrl' | 'owner' | 'repository' | 'sha' | 'ref' | 'runUrl' | 'runAttempt'>;
  /** The workflow that ran, as `GITHUB_WORKFLOW_REF` has it. */
  readonly workflowRef: string;
  readonly tree: string;
  readonly contextPath: string;
  readonly dockerfile: string;
  readonly platform: string;
  readonly builder: string;
}

/**
 * How the image was made, as an in-toto statement with a SLSA provenance predicate
 * (https://slsa.dev/spec/v1.0/provenance). It is not signed: it tells, it does not prove.
 */
export function describeBuild(facts: ProvenanceFacts): string {
  const { image, run, tree } = facts;
  const source = `git+${run.serverUrl}/${run.owner}/${run.repository}`;
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: image.name, digest: { sha256: image.digest.replace('sha256:', '') } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://sluice.dev/build-image/v1',
        externalParameters: {
          source: `${source}@${run.ref}`,
          context: facts.contextPath,
          dockerfile: facts.dockerfile,
          platform: facts.platform,
        },
        internalParameters: { builder: facts.builder },
        resolvedDependencies: [
          { uri: `${source}@${run.ref}`, digest: { gitCommit: run.sha } },
          { uri: `${source}#${facts.contextPath}`, digest: { gitTree: tree } },
        ],
      },
      runDetails: {
        builder: { id: `${run.serverUrl}/${facts.workflowRef}` },
        metadata: { invocationId: `${run.runUrl}/attempts/${run.runAttempt}` },
      },
    },
  });
}

export function attachment(subject: Descriptor, artifactType: string, document: string): Package {
  return packReferrer({ subject, artifactType, document });
}
