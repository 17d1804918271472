import { createHash } from 'node:crypto';
import type { Artifact, Job, Run, Step } from '../../model.ts';
import { headOf } from '../../run-head.ts';
import { nodeId, type Addresses, type Schemas } from './addresses.ts';
import type { CommitRecord } from './commit.ts';
import { minimalRepository } from './repository.ts';
import { user } from './user.ts';

/** A number for a workflow file that stays the same. */
export function workflowId(path: string): number {
  return createHash('sha256').update(path).digest().readUInt32BE();
}

export function workflow(at: Addresses, path: string, name: string, createdAt: string): Schemas['workflow'] {
  const id = workflowId(path);
  const file = path.split('/').at(-1) ?? path;
  return {
    id,
    node_id: nodeId('Workflow', id),
    name,
    path,
    state: 'active',
    created_at: createdAt,
    updated_at: createdAt,
    url: `${at.api}/actions/workflows/${id}`,
    html_url: `${at.page}/actions/workflows/${file}`,
    badge_url: `${at.page}/actions/workflows/${file}/badge.svg`,
  };
}

/** @param head the commit that it runs for; `null` where it is no longer in the repository */
export function workflowRun(at: Addresses, run: Run, head: CommitRecord | null): Schemas['workflow-run'] {
  const url = `${at.api}/actions/runs/${run.id}`;
  const id = workflowId(run.workflowPath);
  return {
    id: run.id,
    name: run.workflowName,
    node_id: nodeId('WorkflowRun', run.id),
    check_suite_id: run.id,
    check_suite_node_id: nodeId('CheckSuite', run.id),
    head_branch: headOf(run).branch,
    head_sha: headOf(run).sha,
    path: run.workflowPath,
    display_title: run.displayTitle,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion ?? null,
    workflow_id: id,
    url,
    html_url: `${at.page}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.completedAt ?? run.startedAt ?? run.createdAt,
    run_started_at: run.startedAt ?? run.createdAt,
    actor: user(at, run.actor),
    triggering_actor: user(at, run.triggeringActor ?? run.actor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${at.api}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
    workflow_url: `${at.api}/actions/workflows/${id}`,
    head_commit: head === null ? null : simpleCommit(head),
    repository: minimalRepository(at),
    head_repository: minimalRepository(at),
  };
}

function simpleCommit(commit: CommitRecord): NonNullable<Schemas['nullable-simple-commit']> {
  return {
    id: commit.sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: commit.timestamp,
    author: commit.author,
    committer: commit.committer,
  };
}

export function job(at: Addresses, run: Run, record: Job): Schemas['job'] {
  const url = `${at.api}/actions/runs/${run.id}`;
  const started = record.startedAt !== undefined;
  return {
    id: record.id,
    run_id: run.id,
    run_url: url,
    run_attempt: record.attempt,
    node_id: nodeId('CheckRun', record.id),
    head_sha: headOf(run).sha,
    url: `${at.api}/actions/jobs/${record.id}`,
    html_url: `${at.page}/actions/runs/${run.id}/job/${record.id}`,
    status: record.status,
    conclusion: record.conclusion ?? null,
    created_at: record.createdAt,
    started_at: record.startedAt ?? record.createdAt,
    completed_at: record.completedAt ?? null,
    name: record.name,
    steps: record.steps.map(step),
    check_run_url: `${at.api}/check-runs/${record.id}`,
    labels: ['ubuntu-latest'],
    runner_id: started ? 1 : null,
    runner_name: started ? 'rehearsal' : null,
    runner_group_id: started ? 1 : null,
    runner_group_name: started ? 'rehearsal' : null,
    workflow_name: run.workflowName,
    head_branch: headOf(run).branch,
  };
}

function step({ number, name, status, conclusion, startedAt, completedAt }: Step) {
  return {
    name,
    // A step knows fewer states than a job.
    status: status === 'completed' || status === 'in_progress' ? status : ('queued' as const),
    conclusion: conclusion ?? null,
    number,
    started_at: startedAt ?? null,
    completed_at: completedAt ?? null,
  };
}

/** GitHub keeps artifacts for 90 days; here they stay until the state folder goes. */
const retentionMs = 90 * 24 * 3_600_000;

export function artifact(at: Addresses, run: Run, record: Artifact): Schemas['artifact'] {
  const url = `${at.api}/actions/artifacts/${record.id}`;
  return {
    id: record.id,
    node_id: nodeId('Artifact', record.id),
    name: record.name,
    size_in_bytes: record.sizeBytes,
    url,
    archive_download_url: `${url}/zip`,
    expired: false,
    created_at: record.createdAt,
    updated_at: record.createdAt,
    expires_at: new Date(Date.parse(record.createdAt) + retentionMs).toISOString(),
    workflow_run: {
      id: run.id,
      repository_id: at.repository.id,
      head_repository_id: at.repository.id,
      head_branch: headOf(run).branch,
      head_sha: headOf(run).sha,
    },
  };
}
