import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Hub } from '../hub.ts';
import type { Artifact, Run } from '../model.ts';
import { filesBelow } from './zip.ts';

/** A file of an artifact, by its name in it, with slashes. */
export interface ArtifactFile {
  readonly name: string;
  readonly sizeBytes: number;
}

export interface FoundArtifact {
  readonly run: Run;
  readonly artifact: Artifact;
}

export function findArtifact(hub: Hub, id: number): FoundArtifact | undefined {
  for (const run of hub.runs.values()) {
    const artifact = run.artifacts.find((one) => one.id === id);
    if (artifact !== undefined) return { run, artifact };
  }
  return undefined;
}

/** The files of an artifact; none where its folder is gone. */
export function filesOf({ directory }: Artifact): ArtifactFile[] {
  if (!existsSync(directory)) return [];
  return filesBelow(directory).map((file) => ({
    name: file.split(path.sep).join('/'),
    sizeBytes: statSync(path.join(directory, file)).size,
  }));
}

/** The bytes of a file, where the artifact has one of exactly this name: a name is never made into a path unseen. */
export function readArtifactFile(artifact: Artifact, name: string): Buffer | undefined {
  const found = filesOf(artifact).find((file) => file.name === name);
  return found === undefined ? undefined : readFileSync(path.join(artifact.directory, found.name));
}

/** How a file is shown, by its name: what its bytes are, a browser is never left to guess. */
export type Kind =
  | { readonly kind: 'image'; readonly type: string }
  | { readonly kind: 'markdown' }
  | { readonly kind: 'text' }
  /** It can be downloaded. */
  | { readonly kind: 'other' };

const images: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
};

/** More than this is downloaded: a page is no place to read it. */
const longestShownBytes = 1024 * 1024;

/** @param content of a file that is no image; text is told by its bytes, whatever it is called */
export function kindOf(name: string, content: Uint8Array): Kind {
  const extension = path.posix.extname(name).toLowerCase();
  const type = images[extension];
  if (type !== undefined) return { kind: 'image', type };
  if (content.length > longestShownBytes || content.includes(0) || !isUtf8(content)) return { kind: 'other' };
  return extension === '.md' ? { kind: 'markdown' } : { kind: 'text' };
}
