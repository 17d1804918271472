import { isDeepStrictEqual } from 'node:util';
import {
  isGood,
  isOpen,
  parsePayload,
  payloadText,
  readDeployments,
  type DeploymentRecord,
} from './deployment-history.ts';
import { errorMessage } from './failure.ts';
import { connectGitHub, gitHubRetry, type GitHubConnection } from './octokit.ts';
import { retry, type RetryPolicy } from './retry.ts';
import type { Runner } from './runner.ts';

/**
 * The states of a deployment status that Sluice uses. `failure` is the release's own fault, and keeps its digest out
 * of the environment; `error` is everything else that ended it: people, the runner, AWS.
 */
type DeploymentState = 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

interface NewDeployment {
  readonly environment: string;
  /** Branch, tag or commit that is deployed. */
  readonly ref: string;
  readonly description?: string;
  readonly production: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
}

interface StatusDetails {
  /** At most 140 characters are shown. */
  readonly description?: string;
  readonly environmentUrl?: string;
}

/**
 * The record of what is deployed where, at GitHub. The record never fails a deployment: where GitHub does not answer,
 * or refuses, a warning says so and the work goes on.
 */
export interface Deployments {
  /** The id of the new record, or `undefined` where it could not be made. */
  create(deployment: NewDeployment): Promise<number | undefined>;
  /** Does nothing for an `undefined` id. */
  setState(id: number | undefined, state: DeploymentState, details?: StatusDetails): Promise<void>;
  /** The newest record of a release that served, and was not taken back. */
  lastGood(environment: string): Promise<DeploymentRecord | undefined>;
  /**
   * The newest record of a digest where nobody has said yet how it ended; for the steps that go on with a deployment
   * that an earlier one began.
   */
  pending(environment: string, digest: string): Promise<number | undefined>;
}

interface DeploymentsOptions extends GitHubConnection {
  readonly runner: Runner;
  /** The page of the run, as the log URL of every status. */
  readonly runUrl: string;
  readonly retry?: RetryPolicy;
}

/** How far back `lastGood` looks: each costs a request. */
const deploymentsLookedAt = 30;

export function openDeployments(options: DeploymentsOptions): Deployments {
  const { owner, repository: repo, runner, runUrl, retry: policy = gitHubRetry } = options;
  const attempt = async <T>(
    what: string,
    permission: string,
    work: (attempt: number) => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await retry(work, policy);
    } catch (error) {
      const status = (error as { status?: unknown } | null)?.status;
      const remedy =
        status === 403 || status === 404 ? ` Add "permissions: deployments: ${permission}" to the job.` : '';
      runner.warning(
        `GitHub did not ${what}: ${errorMessage(error)}. The deployment itself goes on.${remedy}`,
      );
      return undefined;
    }
  };

  const history = readDeployments(options, policy);

  return {
    lastGood: (environment) =>
      attempt('list the deployments', 'read', async () => {
        let looked = 0;
        // One at a time: it is nearly always the first or the second.
        for await (const deployment of history.list({ environment })) {
          const record = await history.withState(deployment);
          if (isGood(record)) return record;
          if (++looked === deploymentsLookedAt) break;
        }
        return undefined;
      }),
    pending: (environment, digest) =>
      attempt('list the deployments', 'read', async () => {
        for await (const deployment of history.list({ environment })) {
          if (payloadText(deployment, 'digest') !== digest) continue;
          const record = await history.withState(deployment);
          return isOpen(record) ? record.id : undefined;
        }
        return undefined;
      }),
    create: (deployment) =>
      attempt('record the deployment', 'write', async (attempt) => {
        const github = await connectGitHub(options);
        const payload = { ...deployment.payload, run: runUrl };
        if (attempt > 1) {
          // The last try may have been applied, and only its answer lost.
          const { environment } = deployment;
          const { data } = await github.rest.repos.listDeployments({
            owner,
            repo,
            environment,
            per_page: 10,
          });
          const made = data.find((record) => isDeepStrictEqual(parsePayload(record.payload), payload));
          if (made !== undefined) return made.id;
        }
        const { data } = await github.rest.repos.createDeployment({
          owner,
          repo,
          ref: deployment.ref,
          environment: deployment.environment,
          description: (deployment.description ?? '').slice(0, 140),
          payload,
          production_environment: deployment.production,
          // The pipeline has decided already: GitHub must neither merge nor ask for checks of its own.
          auto_merge: false,
          required_contexts: [],
        });
        if (!('id' in data)) throw new Error(data.message ?? 'GitHub merged instead of recording');
        return data.id;
      }),
    setState: async (id, state, details = {}) => {
      if (id === undefined) return;
      await attempt(`record the state "${state}"`, 'write', async () => {
        const github = await connectGitHub(options);
        await github.rest.repos.createDeploymentStatus({
          owner,
          repo,
          deployment_id: id,
          state,
          description: (details.description ?? '').slice(0, 140),
          log_url: runUrl,
          ...(details.environmentUrl === undefined ? {} : { environment_url: details.environmentUrl }),
          // A success makes the earlier deployments of the environment inactive.
          auto_inactive: true,
        });
      });
    },
  };
}
