import { connectGitHub, gitHubRetry, type GitHubConnection } from './octokit.ts';
import { retry, type RetryPolicy } from './retry.ts';

/** A deployment as GitHub lists it, before anything is known of how it went. */
export interface ListedDeployment {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly environment: string;
  readonly createdAt: string;
  readonly creator: string | undefined;
  /** What the deployer wrote down: image, digest, version, commit. Unchecked. */
  readonly payload: unknown;
}

/** A deployment with how it went. */
export interface DeploymentRecord extends ListedDeployment {
  /** Of its latest status. */
  readonly state: string | undefined;
  /** What the latest status says of it; empty text reads as nothing. */
  readonly reason: string | undefined;
  /** Whether it was a success once, whatever came after. */
  readonly hasSucceeded: boolean;
  /** When it was first a success: the latest status may be GitHub's own, from when another replaced it. */
  readonly succeededAt?: string | undefined;
  /** Where the service answered. */
  readonly url: string | undefined;
  readonly statusAt: string | undefined;
}

/**
 * Reads the deployments that GitHub has a record of. Decisions rest on it, so that it throws where GitHub does not
 * answer: no answer is not "none".
 */
export interface DeploymentHistory {
  /** Newest first, read page by page, as far as it is asked for. */
  list(query: { readonly environment: string; readonly sha?: string }): AsyncGenerator<ListedDeployment>;
  withState(deployment: ListedDeployment): Promise<DeploymentRecord>;
}

const pageSize = 100;
/** A thousand deployments back; what is older decides nothing any more. */
const pagesRead = 10;
/** A deployment has two or three statuses; GitHub lists 30 unless told otherwise. */
const statusesRead = 100;

/** @throws what GitHub's client throws, from every method */
export function readDeployments(
  connection: GitHubConnection,
  policy: RetryPolicy = gitHubRetry,
): DeploymentHistory {
  const { owner, repository: repo } = connection;
  return {
    list: async function* ({ environment, sha }) {
      for (let page = 1; page <= pagesRead; page++) {
        const listed = await retry(async () => {
          const github = await connectGitHub(connection);
          const { data } = await github.rest.repos.listDeployments({
            owner,
            repo,
            environment,
            ...(sha === undefined ? {} : { sha }),
            per_page: pageSize,
            page,
          });
          return data;
        }, policy);
        for (const deployment of listed) {
          yield {
            id: deployment.id,
            ref: deployment.ref,
            sha: deployment.sha,
            environment: deployment.environment,
            createdAt: deployment.created_at,
            creator: deployment.creator?.login,
            payload: parsePayload(deployment.payload),
          };
        }
        if (listed.length < pageSize) return;
      }
    },
    withState: (deployment) =>
      retry(async () => {
        const github = await connectGitHub(connection);
        const { data } = await github.rest.repos.listDeploymentStatuses({
          owner,
          repo,
          deployment_id: deployment.id,
          per_page: statusesRead,
        });
        const [latest] = data;
        return {
          ...deployment,
          state: latest?.state,
          reason: latest?.description || undefined,
          hasSucceeded: data.some(({ state }) => state === 'success'),
          succeededAt: data.findLast(({ state }) => state === 'success')?.created_at,
          url: latest?.environment_url || undefined,
          statusAt: latest?.created_at,
        };
      }, policy),
  };
}

/**
 * Whether the release of this record served, and may serve again. `inactive` alone does not say it: GitHub sets it on
 * what was replaced, and `deploy` on what was overtaken before it was done.
 */
export function isGood({ state, hasSucceeded }: Pick<DeploymentRecord, 'state' | 'hasSucceeded'>): boolean {
  return hasSucceeded && (state === 'success' || state === 'inactive');
}

/** Whether nobody has said yet how it ended. */
export function isOpen({ state }: Pick<DeploymentRecord, 'state'>): boolean {
  return state === undefined || ['in_progress', 'pending', 'queued', 'waiting'].includes(state);
}

/** GitHub gives the payload back as the object or as the text that it was sent as. */
export function parsePayload(payload: unknown): unknown {
  if (typeof payload !== 'string') return payload;
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    return payload;
  }
}

/** A text of the payload; `undefined` where it is something else, or empty. */
export function payloadText({ payload }: Pick<ListedDeployment, 'payload'>, key: string): string | undefined {
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, key)) return undefined;
  const value = (payload as Readonly<Record<string, unknown>>)[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
