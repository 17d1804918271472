import { GitRepository } from '../git/repository.ts';
import type { Repository } from '../model.ts';
import type { Reference } from './workflow/uses.ts';

/** A repository at a commit: what `$/` and `./` refer to. */
export interface Source {
  /** `owner/name` */
  readonly repository: string;
  readonly sha: string;
  /** The ref it was asked for by, in full: `refs/heads/develop`. */
  readonly ref: string;
  readonly git: GitRepository;
}

/** A repository of actions and workflows that is on this machine, under the name that others refer to it by. */
export interface LocalRepository {
  /** `sluice` stands for any owner's, `owner/sluice` for that owner's alone. */
  readonly name: string;
  readonly gitDirectory: string;
}

/** Finds the repositories that `uses: owner/name/…@ref` may name. */
export class Sources {
  readonly #own: { readonly fullName: string; readonly git: GitRepository };
  readonly #others: readonly LocalRepository[];

  constructor(repository: Repository, git: GitRepository, others: readonly LocalRepository[]) {
    this.#own = { fullName: `${repository.owner}/${repository.name}`, git };
    this.#others = others;
  }

  /**
   * The source that a reference names, or `undefined` where its repository is not on this machine.
   * `note` says where another commit is used than the one asked for.
   * @throws Error where the rehearsed repository itself has no such ref
   */
  async find(
    reference: Extract<Reference, { kind: 'repository' }>,
  ): Promise<{ readonly source: Source; readonly note: string | undefined } | undefined> {
    const fullName = `${reference.owner}/${reference.name}`;
    if (same(fullName, this.#own.fullName)) {
      const source = await at(this.#own.git, fullName, reference.ref);
      if (source !== undefined) return { source, note: undefined };
      throw new Error(
        `${fullName} has no ref ${reference.ref}. Push it to the rehearsal first, or refer to the running commit by $/${reference.path}.`,
      );
    }
    const local = this.#others.find(({ name }) => same(name, fullName) || same(name, reference.name));
    if (local === undefined) return undefined;
    const git = new GitRepository(local.gitDirectory);
    const source = await at(git, fullName, reference.ref);
    if (source !== undefined) return { source, note: undefined };
    const sha = await git.commit('HEAD');
    if (sha === undefined)
      throw new Error(`${local.gitDirectory}, which stands for ${fullName}, has no commit.`);
    return {
      source: { repository: fullName, sha, ref: reference.ref, git },
      note: `${fullName}@${reference.ref} is not in ${local.gitDirectory}; its present commit ${sha.slice(0, 7)} is used.`,
    };
  }
}

async function at(git: GitRepository, repository: string, ref: string): Promise<Source | undefined> {
  for (const candidate of [`refs/tags/${ref}`, `refs/heads/${ref}`, ref]) {
    const sha = await git.commit(candidate);
    if (sha !== undefined) return { repository, sha, ref: candidate, git };
  }
  return undefined;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
