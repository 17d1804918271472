import { createHash, randomUUID } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Manifest } from './manifest.ts';

export interface Repository {
  readonly name: string;
  readonly createdAt: number;
  immutableTags: boolean;
  readonly resourceTags: Record<string, string>;
  readonly manifests: Map<string, Manifest>;
  /** Tag → digest. */
  readonly tags: Map<string, string>;
  /** The blobs that were pushed to it or mounted into it; another repository's are not seen from here. */
  readonly blobs: Set<string>;
}

/** A {@link Repository} as JSON. */
export interface SavedRepository extends Omit<Repository, 'manifests' | 'tags' | 'blobs'> {
  readonly manifests: readonly Manifest[];
  readonly tags: readonly (readonly [string, string])[];
  readonly blobs: readonly string[];
}

export const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** What the registry holds: repositories, tags and manifests in memory, content in files named by their digest. */
export class ImageStore {
  readonly #directory: string;
  readonly #changed: () => void;
  #repositories = new Map<string, Repository>();

  constructor(directory: string, changed: () => void = () => undefined) {
    this.#directory = directory;
    this.#changed = changed;
    // Uploads that a stopped cloud left half-way: nobody knows their ids any more.
    rmSync(path.join(directory, 'uploads'), { recursive: true, force: true });
    mkdirSync(path.join(directory, 'blobs'), { recursive: true });
    mkdirSync(path.join(directory, 'uploads'), { recursive: true });
  }

  save(): SavedRepository[] {
    return [...this.#repositories.values()].map((repository) => ({
      ...repository,
      manifests: [...repository.manifests.values()],
      tags: [...repository.tags],
      blobs: [...repository.blobs],
    }));
  }

  load(repositories: readonly SavedRepository[]): void {
    this.#repositories = new Map(
      repositories.map((saved) => [
        saved.name,
        {
          ...saved,
          manifests: new Map(saved.manifests.map((manifest) => [manifest.digest, manifest])),
          tags: new Map(saved.tags),
          blobs: new Set(saved.blobs),
        },
      ]),
    );
  }

  /** Deletes the files that no manifest of any repository names. Only while nothing is being pushed. */
  sweep(): void {
    const named = new Set<string>();
    for (const { manifests, blobs } of this.#repositories.values()) {
      const own = new Set([...manifests.values()].flatMap(({ digest, blobs: of }) => [digest, ...of]));
      for (const digest of blobs) if (!own.has(digest)) blobs.delete(digest);
      for (const digest of own) named.add(fileName(digest));
    }
    const directory = path.join(this.#directory, 'blobs');
    for (const file of readdirSync(directory)) if (!named.has(file)) rmSync(path.join(directory, file));
  }

  create(
    name: string,
    options: { now: number; immutableTags: boolean; resourceTags: Record<string, string> },
  ): Repository {
    const repository: Repository = {
      name,
      createdAt: options.now,
      immutableTags: options.immutableTags,
      resourceTags: options.resourceTags,
      manifests: new Map(),
      tags: new Map(),
      blobs: new Set(),
    };
    this.#repositories.set(name, repository);
    this.#changed();
    return repository;
  }

  remove(name: string): void {
    this.#repositories.delete(name);
    this.#changed();
  }

  repository(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  repositories(): readonly Repository[] {
    return [...this.#repositories.values()];
  }

  /** By tag or by digest. */
  manifest({ manifests, tags }: Repository, reference: string): Manifest | undefined {
    return manifests.get(digestPattern.test(reference) ? reference : (tags.get(reference) ?? ''));
  }

  putManifest(
    repository: Repository,
    manifest: Manifest,
    content: Buffer,
    tag: string | undefined,
  ): Manifest {
    const known = repository.manifests.get(manifest.digest);
    if (known === undefined) {
      this.#writeBlob(manifest.digest, content);
      repository.manifests.set(manifest.digest, manifest);
    }
    if (tag !== undefined) repository.tags.set(tag, manifest.digest);
    this.#changed();
    return known ?? manifest;
  }

  /** A tag alone, or by digest the manifest with all its tags. @returns whether it was there */
  removeManifest({ manifests, tags }: Repository, reference: string): boolean {
    const removed = digestPattern.test(reference) ? manifests.delete(reference) : tags.delete(reference);
    for (const [tag, digest] of tags) if (digest === reference) tags.delete(tag);
    if (removed) this.#changed();
    return removed;
  }

  hasBlob({ blobs }: Repository, digest: string): boolean {
    return blobs.has(digest) && existsSync(this.#blobPath(digest));
  }

  /** Makes a blob of one repository one of another's. @returns whether it is there */
  mount(from: Repository | undefined, to: Repository, digest: string): boolean {
    if (from === undefined || !this.hasBlob(from, digest)) return false;
    to.blobs.add(digest);
    return true;
  }

  blobSize(digest: string): number {
    return statSync(this.#blobPath(digest)).size;
  }

  openBlob(digest: string, range?: { start: number; end: number }): NodeJS.ReadableStream {
    return createReadStream(this.#blobPath(digest), range);
  }

  readBlob(digest: string): Buffer {
    return readFileSync(this.#blobPath(digest));
  }

  /** Starts an upload; its id names a file that grows with each chunk. */
  beginUpload(): string {
    const id = randomUUID();
    writeFileSync(this.#uploadPath(id), '');
    return id;
  }

  uploadSize(id: string): number | undefined {
    return /^[0-9a-f-]{36}$/.test(id) && existsSync(this.#uploadPath(id))
      ? statSync(this.#uploadPath(id)).size
      : undefined;
  }

  /** Adds a chunk; one that breaks off leaves nothing, so that it can be sent again. @returns the size so far */
  async append(id: string, content: Readable): Promise<number> {
    const file = this.#uploadPath(id);
    const before = statSync(file).size;
    try {
      await pipeline(content, createWriteStream(file, { flags: 'a' }));
    } catch (error: unknown) {
      truncateSync(file, before);
      throw error;
    }
    return statSync(file).size;
  }

  /** Keeps an upload under its digest. @returns the digest of what was uploaded, kept only if it is the wanted one */
  async finishUpload(id: string, repository: Repository, wanted: string): Promise<string> {
    const file = this.#uploadPath(id);
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    const digest = `sha256:${hash.digest('hex')}`;
    if (digest === wanted) {
      renameSync(file, this.#blobPath(digest));
      repository.blobs.add(digest);
    } else {
      rmSync(file, { force: true });
    }
    return digest;
  }

  cancelUpload(id: string): void {
    rmSync(this.#uploadPath(id), { force: true });
  }

  #uploadPath(id: string): string {
    return path.join(this.#directory, 'uploads', id);
  }

  #blobPath(digest: string): string {
    return path.join(this.#directory, 'blobs', fileName(digest));
  }

  #writeBlob(digest: string, content: Buffer): void {
    const draft = this.#uploadPath(randomUUID());
    writeFileSync(draft, content);
    renameSync(draft, this.#blobPath(digest));
  }
}

/** Windows has no colons in file names. */
function fileName(digest: string): string {
  return digest.replace(':', '-');
}
