import type { Deployment, Run } from './hub/model.ts';
import { secondsBetween, stagesOf } from './stages.ts';

/** What `npm start -- --summary FILE` writes, for scripts. */
export interface Summary {
  readonly runs: readonly RunSummary[];
  readonly environments: Readonly<Record<string, EnvironmentSummary>>;
  /** The background client's figures, a row for each run that shifted traffic. */
  readonly traffic: readonly { environment: string; requests: number; failed: number }[];
}

export interface RunSummary {
  readonly ref: string;
  readonly sha: string;
  readonly workflow: string;
  /** The environment that the run deployed to, where it got that far. */
  readonly environment: string | null;
  readonly conclusion: 'success' | 'failure' | 'cancelled';
  readonly seconds: number;
  readonly stages: readonly { name: string; conclusion: string; seconds: number }[];
}

export interface EnvironmentSummary {
  readonly digest: string;
  readonly version: string;
  readonly url: string;
  /** What answers at the URL now. `status` 0: nothing. */
  readonly probe: { readonly status: number; readonly version: string | null };
}

export function summarizeRun(run: Run): RunSummary {
  const environment = run.jobs.find((job) => job.environment !== undefined)?.environment?.name ?? null;
  return {
    ref: run.ref,
    sha: run.sha,
    workflow: run.workflowName,
    environment,
    conclusion: run.conclusion === 'success' || run.conclusion === 'cancelled' ? run.conclusion : 'failure',
    seconds: secondsBetween(run.startedAt ?? run.createdAt, run.completedAt),
    stages: stagesOf(run).map((stage) => ({ ...stage, conclusion: stage.conclusion ?? 'cancelled' })),
  };
}

/** The deployments that are live: each environment's newest whose last word was success. */
export function liveDeployments(deployments: Iterable<Deployment>): Map<string, Deployment> {
  const live = new Map<string, Deployment>();
  for (const deployment of [...deployments].sort((a, b) => a.id - b.id)) {
    if (deployment.statuses.at(-1)?.state === 'success') live.set(deployment.environment, deployment);
  }
  return live;
}

/**
 * Asks each environment's front door what it serves. What the record says is put beside what answers.
 * @param versionPath where the service tells its version, and under which JSON key
 */
export async function probeEnvironments(
  deployments: Iterable<Deployment>,
  version: { readonly path: string; readonly json: string },
): Promise<Record<string, EnvironmentSummary>> {
  const environments: Record<string, EnvironmentSummary> = {};
  for (const [name, deployment] of liveDeployments(deployments)) {
    const payload = asRecord(deployment.payload);
    const url = deployment.statuses.at(-1)?.environmentUrl ?? '';
    environments[name] = {
      digest: asText(payload.digest) ?? '',
      version: asText(payload.version) ?? deployment.sha,
      url,
      probe: await probe(url, version),
    };
  }
  return environments;
}

async function probe(
  url: string,
  version: { path: string; json: string },
): Promise<EnvironmentSummary['probe']> {
  try {
    const response = await fetch(new URL(version.path, url), { signal: AbortSignal.timeout(5_000) });
    const body = asRecord(await response.json().catch(() => undefined));
    return { status: response.status, version: asText(body[version.json]) ?? null };
  } catch {
    return { status: 0, version: null };
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value === 'string') {
    try {
      return asRecord(JSON.parse(value));
    } catch {
      return {};
    }
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
