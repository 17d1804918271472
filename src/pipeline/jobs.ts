import { connectGitHub, gitHubRetry, type GitHubConnection, retry } from '../github/index.ts';
import type { JobRecord } from './report.ts';

/** The jobs of one attempt of a run, with their steps. */
export async function readJobs(
  connection: GitHubConnection,
  runId: number,
  attempt: number,
): Promise<readonly JobRecord[]> {
  const { owner, repository: repo } = connection;
  return retry(async () => {
    const github = await connectGitHub(connection);
    const { data } = await github.rest.actions.listJobsForWorkflowRunAttempt({
      owner,
      repo,
      run_id: runId,
      attempt_number: attempt,
      per_page: 100,
    });
    return data.jobs.map((job) => ({
      name: job.name,
      conclusion: job.conclusion,
      startedAt: job.started_at,
      completedAt: job.completed_at ?? undefined,
      url: job.html_url ?? undefined,
      steps: (job.steps ?? []).map((step) => ({
        name: step.name,
        conclusion: step.conclusion,
        startedAt: step.started_at ?? undefined,
        completedAt: step.completed_at ?? undefined,
        url: undefined,
      })),
    }));
  }, gitHubRetry);
}
