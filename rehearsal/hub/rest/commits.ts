import type { RestContext } from './context.ts';
import { endpoint, ok, type Endpoint } from './endpoint.ts';
import { notFound, RestError } from './errors.ts';
import { page } from './pagination.ts';
import { branch, commit, gitRef, tag, type CommitRecord } from './shapes/commit.ts';
import { fullRepository } from './shapes/repository.ts';

/** The repository itself, its commits, refs and tags. */
export function commitEndpoints({ at, commits }: RestContext): readonly Endpoint[] {
  const find = async (ref: string): Promise<CommitRecord> => {
    const sha = await commits.resolve(ref);
    const record = sha === undefined ? undefined : await commits.commit(sha);
    if (record === undefined) throw notFound();
    return record;
  };

  return [
    endpoint('repos/get', 'metadata=read', () => ok(fullRepository(at))),

    endpoint('repos/get-commit', 'contents=read', async ({ params: { ref = '' } }) => {
      const sha = await commits.resolve(ref);
      if (sha === undefined) throw new RestError(422, `No commit found for SHA: ${ref}`);
      return ok(commit(at, await find(sha)));
    }),

    endpoint('repos/compare-commits-with-basehead', 'contents=read', async ({ url, params }) => {
      const [from, to, ...rest] = (params.basehead ?? '').split('...');
      if (from === undefined || to === undefined || rest.length > 0) throw notFound();
      const [base, head] = await Promise.all([find(from), find(to)]);
      const { ahead, behind, mergeBase } = await commits.compare(base.sha, head.sha);
      if (mergeBase === undefined) throw new RestError(404, `No common ancestor between ${from} and ${to}.`);
      const range = `${from}...${to}`;
      const size = Math.min(
        largestComparison,
        Number(url.searchParams.get('per_page') ?? 0) || largestComparison,
      );
      return ok({
        url: `${at.api}/compare/${encodeURI(range)}`,
        html_url: `${at.page}/compare/${encodeURI(range)}`,
        permalink_url: `${at.page}/compare/${base.sha}...${head.sha}`,
        diff_url: `${at.page}/compare/${encodeURI(range)}.diff`,
        patch_url: `${at.page}/compare/${encodeURI(range)}.patch`,
        base_commit: commit(at, base),
        merge_base_commit: commit(at, await find(mergeBase)),
        status: statusOf(ahead, behind),
        ahead_by: ahead,
        behind_by: behind,
        total_commits: ahead,
        commits: (await commits.between(base.sha, head.sha, size)).map((record) => commit(at, record)),
        files: [],
      });
    }),

    endpoint('git/get-ref', 'contents=read', async ({ params }) => {
      const found = (await commits.refs()).find(({ ref }) => ref === `refs/${params.ref ?? ''}`);
      if (found === undefined) throw notFound();
      return ok(gitRef(at, found));
    }),

    endpoint('git/list-matching-refs', 'contents=read', async (request) => {
      const start = `refs/${request.params.ref ?? ''}`;
      const matching = (await commits.refs()).filter(({ ref }) => ref.startsWith(start));
      return page(request, matching, (record) => gitRef(at, record));
    }),

    endpoint('repos/list-branches', 'contents=read', async (request) => {
      const branches = (await commits.refs()).filter(({ ref }) => ref.startsWith('refs/heads/'));
      return page(request, branches, (record) => branch(at, record));
    }),

    endpoint('repos/list-tags', 'contents=read', async (request) => {
      const tags = (await commits.refs()).filter(({ ref }) => ref.startsWith('refs/tags/')).reverse();
      return page(request, tags, (record) => tag(at, record));
    }),
  ];
}

const largestComparison = 250;

function statusOf(ahead: number, behind: number): 'identical' | 'ahead' | 'behind' | 'diverged' {
  if (behind === 0) return ahead === 0 ? 'identical' : 'ahead';
  return ahead === 0 ? 'behind' : 'diverged';
}
