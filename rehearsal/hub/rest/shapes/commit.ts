import { nodeId, type Addresses, type Schemas } from './addresses.ts';

/** A commit as the bare repository has it. */
export interface CommitRecord {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  /** The committer's, ISO 8601. */
  readonly timestamp: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly committer: { readonly name: string; readonly email: string };
}

export function commit(at: Addresses, record: CommitRecord): Schemas['commit'] {
  const { sha, tree, parents, message, timestamp, author, committer } = record;
  const git = `${at.api}/git`;
  return {
    url: `${at.api}/commits/${sha}`,
    sha,
    node_id: nodeId('Commit', sha),
    html_url: `${at.page}/commit/${sha}`,
    comments_url: `${at.api}/commits/${sha}/comments`,
    commit: {
      url: `${git}/commits/${sha}`,
      author: { ...author, date: timestamp },
      committer: { ...committer, date: timestamp },
      message,
      comment_count: 0,
      tree: { sha: tree, url: `${git}/trees/${tree}` },
    },
    // Accounts are told apart by their verified addresses on GitHub; there are none here.
    author: null,
    committer: null,
    parents: parents.map((parent) => ({
      sha: parent,
      url: `${at.api}/commits/${parent}`,
      html_url: `${at.page}/commit/${parent}`,
    })),
  };
}

/** A ref and the object that it names: a commit, or an annotated tag. */
export interface RefRecord {
  /** `refs/tags/v1.0.0` */
  readonly ref: string;
  readonly sha: string;
  readonly type: 'commit' | 'tag';
  /** The commit behind it. */
  readonly commit: string;
}

export function gitRef(at: Addresses, { ref, sha, type }: RefRecord): Schemas['git-ref'] {
  return {
    ref,
    node_id: nodeId('Ref', ref),
    url: `${at.api}/git/${ref}`,
    object: { type, sha, url: `${at.api}/git/${type}s/${sha}` },
  };
}

/** No branch is protected here. */
export function branch(at: Addresses, { ref, sha }: RefRecord): Schemas['short-branch'] {
  return {
    name: ref.slice('refs/heads/'.length),
    commit: { sha, url: `${at.api}/commits/${sha}` },
    protected: false,
  };
}

export function tag(at: Addresses, { ref, commit: sha }: RefRecord): Schemas['tag'] {
  const name = ref.slice('refs/tags/'.length);
  return {
    name,
    node_id: nodeId('Ref', ref),
    commit: { sha, url: `${at.api}/commits/${sha}` },
    zipball_url: `${at.api}/zipball/${ref}`,
    tarball_url: `${at.api}/tarball/${ref}`,
  };
}
