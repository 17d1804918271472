import { isDeepStrictEqual } from 'node:util';
import { errorMessage } from './failure.ts';
import { connectGitHub, gitHubRetry, type GitHubConnection } from './octokit.ts';
import { retry, type RetryPolicy } from './retry.ts';
import type { Runner } from './runner.ts';

/** The states of a deployment status that Sluice uses. */
export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

/** A deployment as GitHub has it, with the state of its latest status. */
export interface DeploymentRecord {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly environment: string;
  readonly createdAt: string;
  readonly creator: string | undefined;
  /** What the deployer wrote down: image, digest, version, task definition. Unchecked. */
  readonly payload: unknown;
  readonly state: string | undefined;
  /** Where the service answered. */
  readonly url: string | undefined;
  readonly statusAt: string | undefined;
}

export interface NewDeployment {
  readonly environment: string;
  /** Branch, tag or commit that is deployed. */
  readonly ref: string;
  readonly description?: string;
  readonly production: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface StatusDetails {
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
  /** The latest records of an environment, newest first, with their states. Empty where GitHub does not answer. */
  list(environment: string, limit: number): Promise<readonly DeploymentRecord[]>;
  /** The newest record whose last state is `success` or, once replaced, `inactive`. */
  lastGood(environment: string): Promise<DeploymentRecord | undefined>;
}

export interface DeploymentsOptions extends GitHubConnection {
  readonly runner: Runner;
  /** The page of the run, as the log URL of every status. */
  readonly runUrl: string;
  readonly retry?: RetryPolicy;
}

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

  type Listed = Awaited<
    ReturnType<Awaited<ReturnType<typeof connectGitHub>>['rest']['repos']['listDeployments']>
  >;

  const withState = async (deployment: Listed['data'][number]): Promise<DeploymentRecord> => {
    const github = await connectGitHub(options);
    const { data } = await github.rest.repos.listDeploymentStatuses({
      owner,
      repo,
      deployment_id: deployment.id,
      per_page: 1,
    });
    const [status] = data;
    return {
      id: deployment.id,
      ref: deployment.ref,
      sha: deployment.sha,
      environment: deployment.environment,
      createdAt: deployment.created_at,
      creator: deployment.creator?.login,
      payload: parsePayload(deployment.payload),
      state: status?.state,
      url: status?.environment_url === '' ? undefined : status?.environment_url,
      statusAt: status?.created_at,
    };
  };

  const newest = async (environment: string, limit: number): Promise<Listed['data']> => {
    const github = await connectGitHub(options);
    return (await github.rest.repos.listDeployments({ owner, repo, environment, per_page: limit })).data;
  };

  return {
    list: async (environment, limit) =>
      (await attempt('list the deployments', 'read', async () =>
        Promise.all((await newest(environment, limit)).map(withState)),
      )) ?? [],
    lastGood: (environment) =>
      attempt('list the deployments', 'read', async () => {
        // One at a time: it is nearly always the first or the second.
        for (const deployment of await newest(environment, 30)) {
          const record = await withState(deployment);
          if (record.state === 'success' || record.state === 'inactive') return record;
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

/** GitHub gives the payload back as the object or as the text that it was sent as. */
function parsePayload(payload: unknown): unknown {
  if (typeof payload !== 'string') return payload;
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    return payload;
  }
}
