import { createHash, randomUUID } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType?: string;
  /** The digest of the manifest that this one is about (OCI referrers). */
  readonly subject?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly size: number;
  readonly pushedAt: number;
}

export interface Repository {
  readonly name: string;
  readonly createdAt: number;
  readonly immutableTags: boolean;
  readonly manifests: Record<string, Manifest>;
  /** Tag → digest. */
  readonly tags: Record<string, string>;
}

export const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** What the registry holds: repositories, tags and manifests in memory, content in files named by their digest. */
export class ImageStore {
  readonly #directory: string;
  #repositories = new Map<string, Repository>();
  readonly #changed: () => void;

  constructor(directory: string, changed: () => void = () => undefined) {
    this.#directory = directory;
    this.#changed = changed;
    rmSync(path.join(directory, 'uploads'), { recursive: true, force: true });
    mkdirSync(path.join(directory, 'blobs'), { recursive: true });
    mkdirSync(path.join(directory, 'uploads'), { recursive: true });
  }

  save(): Repository[] {
    return [...this.#repositories.values()];
  }

  load(repositories: readonly Repository[]): void {
    this.#repositories = new Map(repositories.map((repository) => [repository.name, repository]));
  }

  create(name: string, options: { now: number; immutableTags: boolean }): Repository {
    const repository: Repository = {
      name,
      createdAt: options.now,
      immutableTags: options.immutableTags,
      manifests: {},
      tags: {},
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

  manifest(repository: Repository, reference: string): Manifest | undefined {
    const digest = digestPattern.test(reference) ? reference : repository.tags[reference];
    return digest === undefined ? undefined : repository.manifests[digest];
  }

  putManifest(
    repository: Repository,
    content: Buffer,
    mediaType: string,
    tag: string | undefined,
    now: number,
  ): Manifest {
    const digest = digestOf(content);
    const parsed = JSON.parse(content.toString('utf8')) as {
      artifactType?: string;
      config?: { mediaType?: string };
      subject?: { digest?: string };
      annotations?: Record<string, string>;
    };
    this.#writeBlob(digest, content);
    const artifactType = parsed.artifactType ?? parsed.config?.mediaType;
    const manifest: Manifest = repository.manifests[digest] ?? {
      digest,
      mediaType,
      size: content.length,
      pushedAt: now,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(parsed.subject?.digest === undefined ? {} : { subject: parsed.subject.digest }),
      ...(parsed.annotations === undefined ? {} : { annotations: parsed.annotations }),
    };
    repository.manifests[digest] = manifest;
    if (tag !== undefined) repository.tags[tag] = digest;
    this.#changed();
    return manifest;
  }

  removeManifest(repository: Repository, reference: string): boolean {
    if (!digestPattern.test(reference)) {
      if (repository.tags[reference] === undefined) return false;
      Reflect.deleteProperty(repository.tags, reference);
    } else {
      if (repository.manifests[reference] === undefined) return false;
      Reflect.deleteProperty(repository.manifests, reference);
      for (const [tag, digest] of Object.entries(repository.tags)) {
        if (digest === reference) Reflect.deleteProperty(repository.tags, tag);
      }
    }
    this.#changed();
    return true;
  }

  hasBlob(digest: string): boolean {
    return digestPattern.test(digest) && existsSync(this.blobPath(digest));
  }

  blobSize(digest: string): number {
    return statSync(this.blobPath(digest)).size;
  }

  blobPath(digest: string): string {
    return path.join(this.#directory, 'blobs', digest.replace(':', '-'));
  }

  openBlob(digest: string, range?: { start: number; end: number }): NodeJS.ReadableStream {
    return createReadStream(this.blobPath(digest), range);
  }

  readBlob(digest: string): Buffer {
    return readFileSync(this.blobPath(digest));
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

  async append(id: string, content: Readable): Promise<number> {
    await pipeline(content, createWriteStream(this.#uploadPath(id), { flags: 'a' }));
    return statSync(this.#uploadPath(id)).size;
  }

  /** Keeps an upload under its digest. @returns the digest of what was uploaded, kept only if it is the wanted one */
  async finishUpload(id: string, wanted: string): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(this.#uploadPath(id)), hash);
    const digest = `sha256:${hash.digest('hex')}`;
    if (digest === wanted) renameSync(this.#uploadPath(id), this.blobPath(digest));
    else rmSync(this.#uploadPath(id), { force: true });
    return digest;
  }

  cancelUpload(id: string): void {
    rmSync(this.#uploadPath(id), { force: true });
  }

  #uploadPath(id: string): string {
    return path.join(this.#directory, 'uploads', id);
  }

  #writeBlob(digest: string, content: Buffer): void {
    const target = this.blobPath(digest);
    if (existsSync(target)) return;
    const draft = this.#uploadPath(randomUUID());
    writeFileSync(draft, content);
    renameSync(draft, target);
  }
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
