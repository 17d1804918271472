import { mergeCommits, moveRef, removeRef } from './git/merge.ts';
import type { GitRepository } from './git/repository.ts';
import { noCommit } from './git/repository.ts';
import type { Hub } from './hub.ts';
import type { PullRequest } from './model.ts';
import type { PushedRef } from './engine/triggers/push.ts';

/** What happened to a pull request: the event that its workflows are started by. */
export interface PullRequestEvent {
  readonly action: 'opened' | 'synchronize' | 'reopened' | 'edited' | 'closed';
  readonly pull: PullRequest;
  readonly actor: string;
  /** Where its head was, of a `synchronize`. */
  readonly before?: string;
}

export interface OpenPullRequest {
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  /** A branch, or `owner:branch`. */
  readonly head: string;
  readonly base: string;
  readonly actor: string;
}

export interface PullRequestChange {
  readonly title?: string;
  readonly body?: string;
  readonly state?: 'open' | 'closed';
  readonly base?: string;
  readonly actor: string;
}

/** What cannot be done with a pull request, in GitHub's words. */
export class PullRequestRefused extends Error {
  /** The field of the request that is wrong. */
  readonly field: 'head' | 'base' | undefined;
  constructor(message: string, field?: 'head' | 'base') {
    super(message);
    this.name = 'PullRequestRefused';
    this.field = field;
  }
}

/**
 * The pull requests of the repository: each has `refs/pull/<number>/head`, and `refs/pull/<number>/merge` with what
 * merging it would give, as on GitHub. Forks there are none.
 */
export class PullRequests {
  readonly #hub: Hub;
  readonly #git: GitRepository;
  readonly #now: () => Date;
  /** Changes are made one after the other: each looks at the branches, and then writes. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(hub: Hub, git: GitRepository, now: () => Date) {
    this.#hub = hub;
    this.#git = git;
    this.#now = now;
  }

  /** @throws PullRequestRefused where the branches are not there, are the same, or ask already */
  open(request: OpenPullRequest): Promise<PullRequestEvent> {
    return this.#inTurn(async () => {
      const headRef = request.head.replace(`${this.#hub.repository.owner}:`, '');
      const baseSha = await this.#branch(request.base, 'base');
      const headSha = await this.#branch(headRef, 'head');
      const { base: baseRef, title, body, draft, actor } = request;
      if (await this.#git.isAncestor(headSha, baseSha)) {
        throw new PullRequestRefused(`No commits between ${baseRef} and ${headRef}`);
      }
      const asks = (pull: PullRequest): boolean =>
        pull.state === 'open' && pull.headRef === headRef && pull.baseRef === baseRef;
      if ([...this.#hub.pullRequests.values()].some(asks)) {
        throw new PullRequestRefused(
          `A pull request already exists for ${this.#hub.repository.owner}:${headRef}.`,
        );
      }
      const at = this.#now().toISOString();
      const pull: PullRequest = {
        id: this.#hub.nextId(),
        number: this.#hub.nextNumber(),
        title,
        body,
        draft,
        state: 'open',
        author: actor,
        headRef,
        headSha,
        baseRef,
        baseSha,
        merge: { kind: 'conflict', files: [] },
        createdAt: at,
        updatedAt: at,
        comments: [],
      };
      await this.#tryMerge(pull);
      this.#hub.meet(actor);
      this.#save(pull);
      return { action: 'opened', pull, actor };
    });
  }

  /** @throws PullRequestRefused where it cannot be, such as opening again what was merged */
  change(pull: PullRequest, change: PullRequestChange): Promise<PullRequestEvent | undefined> {
    return this.#inTurn(async () => {
      const { actor } = change;
      const wasTitled = `${pull.title}\n${pull.body}\n${pull.baseRef}`;
      if (change.base !== undefined && change.base !== pull.baseRef) {
        pull.baseSha = await this.#branch(change.base, 'base');
        pull.baseRef = change.base;
        if (pull.state === 'open') await this.#tryMerge(pull);
      }
      pull.title = change.title ?? pull.title;
      pull.body = change.body ?? pull.body;
      const event = await this.#changeState(pull, change);
      this.#save(pull);
      if (event !== undefined) return event;
      const edited = wasTitled !== `${pull.title}\n${pull.body}\n${pull.baseRef}`;
      return edited ? { action: 'edited', pull, actor } : undefined;
    });
  }

  /**
   * Merges it into its base branch; the caller announces the push.
   * @throws PullRequestRefused where it conflicts, or is not open
   */
  merge(
    pull: PullRequest,
    { by, head }: { readonly by: string; readonly head?: string },
  ): Promise<{ readonly pushed: PushedRef; readonly event: PullRequestEvent }> {
    return this.#inTurn(async () => {
      if (head !== undefined && head !== pull.headSha) {
        throw new PullRequestRefused('Head branch was modified. Review and try the merge again.', 'head');
      }
      if (pull.state !== 'open' || pull.merge.kind === 'conflict') {
        throw new PullRequestRefused('Pull Request is not mergeable');
      }
      const { commit } = pull.merge;
      const ref = `refs/heads/${pull.baseRef}`;
      await moveRef(this.#git, ref, commit, pull.baseSha);
      const pushed = { ref, before: pull.baseSha, after: commit };
      this.#hub.meet(by);
      this.#markMerged(pull, by, commit);
      return { pushed, event: { action: 'closed', pull, actor: by } };
    });
  }

  /** What a push does to the pull requests of its branch. */
  moved(push: PushedRef, actor: string): Promise<PullRequestEvent[]> {
    return this.#inTurn(async () => {
      const branch = push.ref.startsWith('refs/heads/') ? push.ref.slice('refs/heads/'.length) : undefined;
      const events: PullRequestEvent[] = [];
      for (const pull of this.#hub.pullRequests.values()) {
        if (pull.state !== 'open' || (pull.headRef !== branch && pull.baseRef !== branch)) continue;
        events.push(...(await this.#follow(pull, push, actor)));
      }
      return events;
    });
  }

  async #follow(pull: PullRequest, push: PushedRef, actor: string): Promise<PullRequestEvent[]> {
    const isHead = push.ref === `refs/heads/${pull.headRef}`;
    if (push.after === noCommit) {
      this.#close(pull);
      return [{ action: 'closed', pull, actor }];
    }
    const { headSha: before } = pull;
    if (isHead) pull.headSha = push.after;
    else pull.baseSha = push.after;
    if (!isHead && (await this.#git.isAncestor(pull.headSha, push.after))) {
      this.#markMerged(pull, actor, push.after);
      return [{ action: 'closed', pull, actor }];
    }
    await this.#tryMerge(pull);
    this.#save(pull);
    return isHead ? [{ action: 'synchronize', pull, actor, before }] : [];
  }

  async #changeState(
    pull: PullRequest,
    { state, actor }: PullRequestChange,
  ): Promise<PullRequestEvent | undefined> {
    if (state === undefined || state === pull.state) return undefined;
    if (state === 'closed') {
      this.#close(pull);
      return { action: 'closed', pull, actor };
    }
    if (pull.merged !== undefined) throw new PullRequestRefused('state cannot be changed. It was merged.');
    pull.headSha = await this.#branch(pull.headRef, 'head');
    pull.baseSha = await this.#branch(pull.baseRef, 'base');
    pull.state = 'open';
    delete pull.closedAt;
    await this.#tryMerge(pull);
    return { action: 'reopened', pull, actor };
  }

  #close(pull: PullRequest): void {
    pull.state = 'closed';
    pull.closedAt = this.#now().toISOString();
    this.#save(pull);
  }

  #markMerged(pull: PullRequest, by: string, commit: string): void {
    pull.merged = { at: this.#now().toISOString(), by, commit };
    this.#close(pull);
  }

  async #tryMerge(pull: PullRequest): Promise<void> {
    const { number, headRef, headSha: head, baseSha: base } = pull;
    pull.merge = await mergeCommits(this.#git, {
      base,
      head,
      message: `Merge pull request #${number} from ${this.#hub.repository.owner}/${headRef}\n\n${pull.title}`,
      by: pull.author,
      at: this.#now().toISOString(),
    });
    await moveRef(this.#git, `refs/pull/${number}/head`, head);
    const ref = `refs/pull/${number}/merge`;
    if (pull.merge.kind === 'clean') await moveRef(this.#git, ref, pull.merge.commit);
    else await removeRef(this.#git, ref);
  }

  async #branch(name: string, field: 'head' | 'base'): Promise<string> {
    const sha = (await this.#git.refs()).get(`refs/heads/${name}`);
    if (sha === undefined) throw new PullRequestRefused(`There is no branch ${name}.`, field);
    return sha;
  }

  #save(pull: PullRequest): void {
    pull.updatedAt = this.#now().toISOString();
    this.#hub.pullRequests.set(pull.number, pull);
    this.#hub.announce({ kind: 'record' });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
