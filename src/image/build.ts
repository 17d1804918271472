import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure, relay, type RunCommand, type Runner } from '../github/index.ts';
import { BaseNotFound, type Docker, findDocker } from './docker.ts';
import { baseLabel, buildLayered } from './layered/build.ts';
import { type Descriptor, mediaTypes, type Platform } from './oci.ts';
import { commitTag, formatByDigest, isLoopback, type Repository, sourceTag } from './reference.ts';
import type { Credentials, Registry } from './registry/client.ts';
import { hashSourceTree, type SourceTree } from './source-tree.ts';

type Builder = 'docker' | 'layered';

/** What is built, from where. */
export interface BuildOptions {
  /** The checked-out repository, absolute. */
  readonly workspace: string;
  /** The build context, relative to the workspace. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly platform: Platform;
  /** The service's name, as the image's title. */
  readonly title: string;
  readonly commit: string;
  readonly builder: Builder | 'auto';
  /** Whether an image without a base may go to a registry that is not on this machine. */
  readonly allowBaseless: boolean;
  /** Where finished dependency layers are kept. */
  readonly cache: string;
  /** `undefined`: build only. */
  readonly target: BuildTarget | undefined;
  readonly run: RunCommand;
  readonly runner: Runner;
  readonly signal?: AbortSignal;
}

export interface BuildTarget {
  readonly repository: Repository;
  readonly registry: Registry;
  readonly credentials: () => Promise<Credentials>;
}

export interface BuildResult {
  /** `undefined` where nothing was pushed. */
  readonly image: { readonly reference: string; readonly descriptor: Descriptor } | undefined;
  /** Where it is known without a registry. */
  readonly digest: string | undefined;
  readonly reused: boolean;
  readonly builder: Builder | undefined;
  readonly tree: SourceTree;
}

/**
 * Makes the image of a source tree, or finds the one that was made of it before, and gives its digest.
 *
 * @throws Failure where it cannot be built or pushed.
 */
export async function buildImage(options: BuildOptions): Promise<BuildResult> {
  const { target, runner } = options;
  const tree = await hashSourceTree(options.workspace, options.context, options.run);
  runner.info(
    `Source tree of ${options.context}: ${tree.hash}${tree.committed ? '' : ' (not what HEAD holds)'}`,
  );

  if (target !== undefined) {
    const found = await findReusable(target, tree.hash, options);
    if (found !== undefined) {
      runner.info(`This source tree has an image already: ${found.digest}`);
      await target.registry.tag(found.digest, commitTag(options.commit));
      return {
        image: { reference: formatByDigest(target.repository, found.digest), descriptor: found },
        digest: found.digest,
        reused: true,
        builder: undefined,
        tree,
      };
    }
  }

  const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-image-'));
  try {
    const built = await build(options, tree, scratch);
    if (target === undefined) return { ...built, image: undefined, reused: false, tree };
    const descriptor = await target.registry.resolve(sourceTag(tree.hash));
    if (descriptor === undefined || (built.digest !== undefined && built.digest !== descriptor.digest)) {
      throw new Failure('The registry does not have what was pushed', {
        where: `${target.repository.registry}/${target.repository.name}:${sourceTag(tree.hash)}`,
        why: `it names ${descriptor?.digest ?? 'nothing'}, and ${built.digest ?? 'an image'} was pushed`,
        remedy: 'See whether somebody else pushes to this repository, and run the job again',
      });
    }
    await target.registry.tag(descriptor.digest, commitTag(options.commit));
    const reference = formatByDigest(target.repository, descriptor.digest);
    return {
      image: { reference, descriptor },
      digest: descriptor.digest,
      reused: false,
      builder: built.builder,
      tree,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Built {
  readonly builder: Builder;
  readonly digest: string | undefined;
}

async function build(options: BuildOptions, tree: SourceTree, scratch: string): Promise<Built> {
  const { target, runner, run } = options;
  const output = relay(runner);
  const docker =
    options.builder === 'layered'
      ? undefined
      : await findDocker({
          run,
          log: output.line,
          environment: runner.environment,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
  const onThisMachine = target === undefined || isLoopback(target.repository.registry);
  if (docker !== undefined) {
    try {
      return await runner.group('Build with Docker', () =>
        buildWithDocker(docker, options, tree).finally(output.end),
      );
    } catch (error) {
      if (!(error instanceof BaseNotFound) || options.builder === 'docker' || !onThisMachine) throw error;
      runner.warning(`${error.message} (${error.where ?? ''}); building without Docker instead.`);
    }
  } else if (options.builder === 'docker') {
    throw new Failure('No Docker engine answers', {
      where: 'image.builder',
      why: '"docker version" fails, and the builder is set to "docker"',
      remedy: 'Start the engine, or set "image.builder: auto"',
    });
  }
  if (!onThisMachine && !options.allowBaseless) {
    throw new Failure('An image without a base would not start on ECS', {
      where: 'image.builder',
      why: 'no Docker engine answers, and what the builder "layered" makes runs only where the runtime brings Node.js',
      remedy: 'Build where a Docker engine answers (every ubuntu runner of GitHub has one)',
    });
  }
  return runner.group('Build without a Docker engine', () => buildInLayers(options, tree, scratch));
}

async function buildInLayers(options: BuildOptions, tree: SourceTree, scratch: string): Promise<Built> {
  const image = await buildLayered({
    context: path.join(options.workspace, options.context),
    dockerfile: options.dockerfile,
    platform: options.platform,
    labels: labelsOf(options, tree),
    cache: options.cache,
    scratch,
    run: options.run,
    log: (line) => options.runner.info(line),
    environment: options.runner.environment,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await options.target?.registry.push(image, sourceTag(tree.hash));
  return { builder: 'layered', digest: image.digest };
}

async function buildWithDocker(docker: Docker, options: BuildOptions, tree: SourceTree): Promise<Built> {
  const { target } = options;
  const name =
    target === undefined
      ? `sluice/${options.title}`
      : `${target.repository.registry}/${target.repository.name}`;
  const tag = `${name}:${sourceTag(tree.hash)}`;
  await docker.build({
    context: path.join(options.workspace, options.context),
    dockerfile: options.dockerfile,
    platform: options.platform,
    labels: labelsOf(options, tree),
    tag,
  });
  if (target !== undefined) await docker.push(tag, target.repository.registry, await target.credentials());
  return { builder: 'docker', digest: undefined };
}

/** Constant for a source tree: a commit or a date in here would give the same source another digest. */
function labelsOf({ title, dockerfile }: BuildOptions, tree: SourceTree): Record<string, string> {
  return {
    'org.opencontainers.image.title': title,
    'dev.sluice.source': tree.hash,
    'dev.sluice.dockerfile': dockerfile,
  };
}

/**
 * The image that the source's tag names, if it is the one that a build would give now: same platform, same Dockerfile,
 * and with a base where it needs one.
 */
async function findReusable(
  target: BuildTarget,
  tree: string,
  options: BuildOptions,
): Promise<Descriptor | undefined> {
  const { registry, repository } = target;
  const descriptor = await registry.resolve(sourceTag(tree));
  if (descriptor === undefined) return undefined;
  if (descriptor.mediaType !== mediaTypes.manifest && descriptor.mediaType !== mediaTypes.dockerManifest) {
    return undefined;
  }
  const manifest = parse(await registry.manifest(descriptor.digest)) as { config?: { digest?: string } };
  if (manifest.config?.digest === undefined) return undefined;
  const image = parse(await registry.blob(manifest.config.digest)) as {
    os?: string;
    architecture?: string;
    config?: { Labels?: Record<string, string> };
  };
  const labels = image.config?.Labels ?? {};
  const fits =
    image.os === options.platform.os &&
    image.architecture === options.platform.architecture &&
    labels['dev.sluice.dockerfile'] === options.dockerfile &&
    (labels[baseLabel] !== 'none' ||
      (options.builder !== 'docker' && (options.allowBaseless || isLoopback(repository.registry))));
  return fits ? descriptor : undefined;
}

function parse(content: Uint8Array): unknown {
  return JSON.parse(Buffer.from(content).toString()) as unknown;
}
