import { errorMessage } from './failure.ts';
import { connectGitHub, gitHubRetry, type GitHubConnection } from './octokit.ts';
import { retry } from './retry.ts';
import type { Runner } from './runner.ts';

interface Incident {
  /** What it is about: an incident of the same key that is open already is added to. */
  readonly key: string;
  /** Text. */
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

const label = 'incident';

/**
 * Opens an incident as an issue with the label `incident`, or adds to the one that is open already for the same thing.
 * It never throws: an incident that cannot be recorded must not hide what it is about.
 *
 * @returns the issue's page, or `undefined` where GitHub did not take it
 */
export async function openIncident(
  connection: GitHubConnection & { readonly runner: Runner },
  { key, title, body }: Incident,
): Promise<string | undefined> {
  const { owner, repository: repo, runner } = connection;
  const marker = `<!-- sluice-incident: ${key} -->`;
  try {
    return await retry(async () => {
      const { rest } = await connectGitHub(connection);
      const { data: open } = await rest.issues.listForRepo({
        owner,
        repo,
        labels: label,
        state: 'open',
        per_page: 100,
      });
      const known = open.find((issue) => issue.body?.includes(marker) === true);
      if (known !== undefined) {
        await rest.issues.createComment({ owner, repo, issue_number: known.number, body });
        return known.html_url;
      }
      const { data } = await rest.issues.create({
        owner,
        repo,
        title,
        body: `${body}\n\n${marker}`,
        labels: [label],
      });
      return data.html_url;
    }, gitHubRetry);
  } catch (error: unknown) {
    const status = (error as { status?: unknown } | null)?.status;
    const remedy = status === 403 || status === 404 ? ' Add "permissions: issues: write" to the job.' : '';
    runner.warning(`The incident could not be opened at GitHub: ${errorMessage(error)}.${remedy}`);
    return undefined;
  }
}
