import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readLastStage } from '../dockerfile/read-stage.ts';
import { errorMessage, Failure, type RunCommand } from '../../github/index.ts';
import { packImage, type Blob, type Package, type Platform } from '../oci.ts';
import { copyFromContext, readContextFolder } from './context.ts';
import { dependencyLayer } from './dependencies.ts';
import { addParents, type LayerContent, rootOwner, writeLayer } from './layer.ts';

interface LayeredOptions {
  /** The build context, absolute. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  readonly cache: string;
  /** A folder of this build alone; the layers of the result are read from it until it is removed. */
  readonly scratch: string;
  readonly run: RunCommand;
  readonly log: (line: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** The label that says which base an image stands on. `none`: it runs only where the runtime brings Node.js. */
export const baseLabel = 'dev.sluice.base';

/**
 * Makes an image without a Docker engine, from the Dockerfile's last stage: a layer for each `COPY`, and the
 * configuration. The base is *not* in it: such an image runs only where the runtime brings Node.js, as the
 * rehearsal's does, and its label says so.
 *
 * The same files give the same digest, on any machine.
 */
export async function buildLayered(options: LayeredOptions): Promise<Package> {
  const { context, dockerfile, platform, log, scratch } = options;
  const stage = readLastStage(await readDockerfile(context, dockerfile), dockerfile);
  log(`Building without a Docker engine: the image carries no base (${stage.base} is left out)`);

  const files = await readContextFolder(context, dockerfile);
  const layers: Blob[] = [];
  const history: string[] = [];
  const add = (layer: Blob, line: string) => {
    layers.push(layer);
    history.push(line);
  };
  for (const [index, copy] of stage.copies.entries()) {
    if (copy.from === 'dependencies') {
      add(await dependencyLayer({ ...options, copy }), `COPY node_modules ${copy.destination.path}`);
    } else {
      const content = await copyFromContext(files, copy, dockerfile);
      const layer = await writeLayer(content, path.join(scratch, `layer-${index}.tar`));
      add(layer, `COPY ${copy.sources.join(' ') || '.'} ${copy.destination.path}`);
      log(`COPY ${copy.sources.join(' ') || '.'}: ${layer.digest}`);
    }
  }
  if (layers.length === 0) {
    // An image must have a layer; this one makes the working directory.
    const content: LayerContent = new Map();
    const folder = (stage.config.WorkingDir ?? '/').slice(1) || 'tmp';
    addParents(content, folder);
    content.set(folder, { type: 'folder', owner: rootOwner, mode: 0o755 });
    add(await writeLayer(content, path.join(scratch, 'layer.tar')), `WORKDIR /${folder}`);
  }
  const labels = { ...stage.config.Labels, ...options.labels, [baseLabel]: 'none' };
  return packImage({ platform, config: { ...stage.config, Labels: labels }, layers, history });
}

async function readDockerfile(context: string, dockerfile: string): Promise<string> {
  try {
    return await readFile(path.join(context, dockerfile), 'utf8');
  } catch (error) {
    throw new Failure('The Dockerfile cannot be read', {
      where: path.join(context, dockerfile),
      why: errorMessage(error),
      remedy: 'Set image.context and image.dockerfile in sluice.yml',
      cause: error,
    });
  }
}
