import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  buildEnvironment,
  type Context,
  errorMessage,
  type RunCommand,
  type Runner,
} from '../github/index.ts';
import type { Config } from '../config/index.ts';
import type { BuildResult, BuildTarget } from './build.ts';
import { type Descriptor, packReferrer } from './oci.ts';

/** The documents that travel with an image, as referrers of its digest. */
const sbomType = 'application/vnd.cyclonedx+json';
const provenanceType = 'application/vnd.in-toto+json';

interface SbomOptions {
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
  const manifests: [string, string][] = [];
  for (const file of ['package.json', 'package-lock.json']) {
    try {
      manifests.push([file, await readFile(path.join(options.context, file), 'utf8')]);
    } catch {
      return { missing: `there is no ${file} in the build context` };
    }
  }
  // Away from the workspace, whose root npm would describe instead; and under the package's name, because npm takes
  // the component's name from the folder.
  const { name = 'package' } = JSON.parse(manifests[0]?.[1] ?? '{}') as { name?: string };
  const folder = path.join(options.scratch, path.basename(name));
  await mkdir(folder, { recursive: true });
  for (const [file, text] of manifests) await writeFile(path.join(folder, file), text);
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

interface ProvenanceFacts {
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
function describeBuild(facts: ProvenanceFacts): string {
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

interface AttachOptions {
  readonly target: BuildTarget;
  readonly result: BuildResult;
  readonly config: Pick<Config, 'image'>;
  readonly context: Context;
  readonly run: RunCommand;
  readonly runner: Runner;
}

/**
 * Attaches SBOM and provenance to the image's digest, where they are not there yet. A registry that refuses them costs
 * a warning: the image is good without them.
 *
 * @returns what the digest carries now, in words.
 */
export async function attachDocuments(options: AttachOptions): Promise<readonly string[]> {
  const { target, result, runner } = options;
  const subject = result.image?.descriptor;
  if (subject === undefined) return [];
  const attached: string[] = [];
  const attach = async (
    what: string,
    type: string,
    write: () => Promise<string | undefined>,
  ): Promise<void> => {
    try {
      const present = await target.registry.referrers(subject.digest, type);
      if (present.length === 0) {
        const document = await write();
        if (document === undefined) return;
        await target.registry.push(packReferrer({ subject, artifactType: type, document }));
      }
      attached.push(what);
    } catch (error) {
      runner.warning(`The ${what} could not be attached to ${subject.digest}: ${errorMessage(error)}`);
    }
  };
  await attach('SBOM (CycloneDX)', sbomType, () => writeSbom(options));
  // Who found an image did not make it, and cannot tell how it was made.
  await attach('provenance (SLSA, unsigned)', provenanceType, () =>
    Promise.resolve(result.reused ? undefined : writeProvenance(options, subject)),
  );
  return attached;
}

async function writeSbom({ config, context, run, runner }: AttachOptions): Promise<string | undefined> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-sbom-'));
  try {
    const sbom = await describeDependencies({
      context: path.join(context.workspace, config.image.context),
      scratch,
      run,
      environment: runner.environment,
    });
    if ('document' in sbom) return sbom.document;
    runner.info(`No SBOM: ${sbom.missing}`);
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function writeProvenance(
  { target, result, config, context, runner }: AttachOptions,
  subject: Descriptor,
): string {
  const { image } = config;
  return describeBuild({
    image: { name: `${target.repository.registry}/${target.repository.name}`, digest: subject.digest },
    run: context,
    workflowRef: runner.environment['GITHUB_WORKFLOW_REF'] ?? '',
    tree: result.tree.hash,
    contextPath: image.context,
    dockerfile: image.dockerfile,
    platform: image.platforms[0] ?? '',
    builder: result.builder ?? '',
  });
}
