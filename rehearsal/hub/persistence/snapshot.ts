import { readFileSync, renameSync } from 'node:fs';
import type { CodeScanning } from '../code-scanning/index.ts';
import type { Hub } from '../hub.ts';
import { unprotected } from '../environments/unprotected.ts';
import type {
  CheckRun,
  CommitStatus,
  Deployment,
  Environment,
  Issue,
  PullRequest,
  Release,
  Run,
} from '../model.ts';

/** The hub's records as they are on disk. Tokens and secrets are not among them. */
export interface Snapshot {
  readonly version: typeof version;
  readonly savedAt: string;
  readonly lastId: number;
  readonly runs: readonly Run[];
  readonly deployments: readonly Deployment[];
  /** Snapshots of earlier versions have no rules, releases, people, pull requests and alerts. */
  readonly environments: readonly (Omit<Environment, 'secrets' | 'protection'> &
    Partial<Pick<Environment, 'protection'>>)[];
  readonly variables: Readonly<Record<string, string>>;
  readonly commitStatuses: readonly CommitStatus[];
  readonly checkRuns: readonly CheckRun[];
  readonly issues: readonly Issue[];
  readonly releases?: readonly Release[];
  readonly people?: readonly string[];
  readonly pullRequests?: readonly PullRequest[];
  readonly codeScanning?: CodeScanning;
}

const version = 1;
/** What a page of runs can hold; older ones are forgotten, with their logs. */
const mostRuns = 200;
const mostDeployments = 1_000;
const mostStatuses = 1_000;
const mostUploads = 200;

export function takeSnapshot(hub: Hub, now: Date): Snapshot {
  return {
    version,
    savedAt: now.toISOString(),
    lastId: hub.lastId,
    runs: newest(hub.runs.values(), mostRuns),
    deployments: newest(hub.deployments.values(), mostDeployments),
    environments: [...hub.environments.values()].map(({ id, name, variables, protection }) => ({
      id,
      name,
      variables,
      protection,
    })),
    variables: hub.variables,
    commitStatuses: hub.commitStatuses.slice(-mostStatuses),
    checkRuns: newest(hub.checkRuns.values(), mostStatuses),
    issues: [...hub.issues.values()],
    releases: [...hub.releases.values()],
    people: [...hub.people],
    pullRequests: [...hub.pullRequests.values()],
    codeScanning: {
      uploads: hub.codeScanning.uploads.slice(-mostUploads),
      analyses: hub.codeScanning.analyses.slice(-mostUploads),
      alerts: hub.codeScanning.alerts,
    },
  };
}

export type Loaded =
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'absent' }
  /** It cannot be read, and was set aside under the other name. */
  | { readonly kind: 'damaged'; readonly setAside: string; readonly reason: string };

export function loadSnapshot(file: string): Loaded {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error: unknown) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
    throw error;
  }
  const reason = problemOf(text);
  if (reason === undefined) return { kind: 'snapshot', snapshot: JSON.parse(text) as Snapshot };
  const setAside = `${file}.damaged`;
  renameSync(file, setAside);
  return { kind: 'damaged', setAside, reason };
}

/** Puts the records back. What the hub has already, such as variables of this start, stays. */
export function restoreSnapshot(hub: Hub, snapshot: Snapshot): void {
  for (const run of snapshot.runs) hub.runs.set(run.id, run);
  for (const deployment of snapshot.deployments) hub.deployments.set(deployment.id, deployment);
  for (const { id, name, variables, protection = unprotected } of snapshot.environments) {
    const present = hub.environments.get(name);
    hub.environments.set(name, {
      id,
      name,
      variables: { ...variables, ...present?.variables },
      secrets: present?.secrets ?? {},
      protection: present?.protection ?? protection,
    });
  }
  for (const [name, value] of Object.entries(snapshot.variables)) hub.variables[name] ??= value;
  hub.commitStatuses.push(...snapshot.commitStatuses);
  for (const checkRun of snapshot.checkRuns) hub.checkRuns.set(checkRun.id, checkRun);
  for (const issue of snapshot.issues) hub.issues.set(issue.number, issue);
  for (const release of snapshot.releases ?? []) hub.releases.set(release.id, release);
  for (const login of snapshot.people ?? []) hub.people.add(login);
  for (const pull of snapshot.pullRequests ?? []) hub.pullRequests.set(pull.number, pull);
  const { uploads = [], analyses = [], alerts = [] } = snapshot.codeScanning ?? {};
  hub.codeScanning.uploads.push(...uploads);
  hub.codeScanning.analyses.push(...analyses);
  hub.codeScanning.alerts.push(...alerts);
  hub.reserveIds(snapshot.lastId);
}

/** The records are written in one piece, so that they are whole or not there: what can be wrong is the file. */
function problemOf(text: string): string | undefined {
  let value: Partial<Snapshot> | null;
  try {
    value = JSON.parse(text) as Partial<Snapshot> | null;
  } catch (error: unknown) {
    return error instanceof Error ? error.message : String(error);
  }
  if (value?.version !== version) return `its version is ${String(value?.version)}, and ${version} is known`;
  const lists = ['runs', 'deployments', 'environments', 'commitStatuses', 'checkRuns', 'issues'] as const;
  const absent = lists.find((list) => !Array.isArray(value[list]));
  return absent === undefined ? undefined : `it has no ${absent}`;
}

function newest<Record extends { readonly id: number }>(records: Iterable<Record>, most: number): Record[] {
  return [...records].sort((a, b) => a.id - b.id).slice(-most);
}
