import {
  connectGitHub,
  errorMessage,
  gitHubRetry,
  retry,
  type GitHubConnection,
  type Runner,
} from '../github/index.ts';

type GitHub = Awaited<ReturnType<typeof connectGitHub>>;

/** A comment that is there once for a pull request, and says what is so now. */
interface StandingComment {
  readonly pullRequest: number;
  /** What tells it from others, such as the path of sluice.yml. */
  readonly key: string;
  /** Markdown. */
  readonly body: string;
}

/**
 * Writes a comment, or rewrites the one that an earlier run wrote, found by a mark that is not shown. What a person
 * wrote is never touched, whatever it holds. It never throws: a pull request from a fork may not write.
 *
 * @returns the comment's page, or `undefined` where GitHub did not take it
 */
export async function writeStandingComment(
  connection: GitHubConnection & { readonly runner: Runner },
  { pullRequest, key, body }: StandingComment,
): Promise<string | undefined> {
  const { owner, repository: repo, runner } = connection;
  const mark = markOf(key);
  const text = `${mark}\n${body}`;
  try {
    return await retry(async () => {
      const { rest, paginate } = await connectGitHub(connection);
      const comments = await paginate(rest.issues.listComments, {
        owner,
        repo,
        issue_number: pullRequest,
        per_page: 100,
      });
      const marked = comments.filter(({ body: written }) => written?.startsWith(mark) === true);
      const own =
        marked.find(({ user }) => user?.type === 'Bot') ??
        (marked.length === 0 ? undefined : await writtenBySelf(rest, marked));
      if (own === undefined) {
        const { data } = await rest.issues.createComment({
          owner,
          repo,
          issue_number: pullRequest,
          body: text,
        });
        return data.html_url;
      }
      if (own.body !== text) await rest.issues.updateComment({ owner, repo, comment_id: own.id, body: text });
      return own.html_url;
    }, gitHubRetry);
  } catch (error: unknown) {
    const status = (error as { status?: unknown } | null)?.status;
    const remedy = status === 403 ? ' Add "permissions: pull-requests: write" to the job.' : '';
    runner.warning(
      `The preview could not be written as a comment: ${errorMessage(error)}. The summary has it.${remedy}`,
    );
    return undefined;
  }
}

/** Of comments by people, the one that the token's own user wrote: it may be a personal access token. */
async function writtenBySelf<Comment extends { readonly user: { readonly id: number } | null }>(
  rest: GitHub['rest'],
  comments: readonly Comment[],
): Promise<Comment | undefined> {
  try {
    const { data: self } = await rest.users.getAuthenticated();
    return comments.find(({ user }) => user?.id === self.id);
  } catch (error: unknown) {
    // The token of a job belongs to nobody, and is told so.
    if ((error as { status?: unknown } | null)?.status === 403) return undefined;
    throw error;
  }
}

/** An HTML comment, which is not shown. The key is encoded, so that it cannot end it. */
export function markOf(key: string): string {
  return `<!-- sluice-preview: ${encodeURIComponent(key).replaceAll('-', '%2D')} -->`;
}
