import type { Annotation, CheckRun, CommitStatus, Job, Run } from '../../model.ts';
import { headOf } from '../../run-head.ts';
import { nodeId, type Addresses, type Schemas } from './addresses.ts';
import { minimalRepository } from './repository.ts';
import { actionsApp, user } from './user.ts';

export function commitStatus(at: Addresses, record: CommitStatus): Schemas['status'] {
  return { ...simpleStatus(at, record), creator: user(at, record.creator) };
}

function simpleStatus(at: Addresses, record: CommitStatus) {
  return {
    url: `${at.api}/statuses/${record.sha}`,
    avatar_url: `${at.serverUrl}/assets/icon.svg`,
    id: record.id,
    node_id: nodeId('StatusContext', record.id),
    state: record.state,
    description: record.description,
    target_url: record.targetUrl,
    context: record.context,
    created_at: record.createdAt,
    updated_at: record.createdAt,
  };
}

/** @param newest each context's newest status */
export function combinedStatus(
  at: Addresses,
  sha: string,
  newest: readonly CommitStatus[],
): Schemas['combined-commit-status'] {
  const states = new Set(newest.map(({ state }) => state));
  const url = `${at.api}/commits/${sha}`;
  return {
    state:
      states.has('error') || states.has('failure')
        ? 'failure'
        : states.size === 0 || states.has('pending')
          ? 'pending'
          : 'success',
    statuses: newest.map((record) => simpleStatus(at, record)),
    sha,
    total_count: newest.length,
    repository: minimalRepository(at),
    commit_url: url,
    url: `${url}/status`,
  };
}

export function checkRun(at: Addresses, record: CheckRun): Schemas['check-run'] {
  const url = `${at.api}/check-runs/${record.id}`;
  return {
    id: record.id,
    node_id: nodeId('CheckRun', record.id),
    head_sha: record.sha,
    external_id: record.externalId,
    url,
    html_url: record.detailsUrl,
    details_url: record.detailsUrl,
    status: record.status,
    conclusion: record.conclusion ?? null,
    started_at: record.startedAt,
    completed_at: record.completedAt ?? null,
    output: { ...record.output, annotations_count: 0, annotations_url: `${url}/annotations` },
    name: record.name,
    check_suite: { id: record.id },
    app: actionsApp(at),
    pull_requests: [],
  };
}

/** A job is a check run as well, with the same id. */
export function jobCheckRun(at: Addresses, run: Run, job: Job): Schemas['check-run'] {
  const url = `${at.api}/check-runs/${job.id}`;
  const page = `${at.page}/actions/runs/${run.id}/job/${job.id}`;
  return {
    id: job.id,
    node_id: nodeId('CheckRun', job.id),
    head_sha: headOf(run).sha,
    external_id: job.key,
    url,
    html_url: page,
    details_url: page,
    status: job.status,
    conclusion: job.conclusion ?? null,
    started_at: job.startedAt ?? null,
    completed_at: job.completedAt ?? null,
    output: {
      title: null,
      summary: null,
      text: null,
      annotations_count: job.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: job.name,
    check_suite: { id: run.id },
    app: actionsApp(at),
    pull_requests: [],
  };
}

/** One that names no file is of `.github`, as on GitHub. */
export function annotation(at: Addresses, run: Run, one: Annotation): Schemas['check-annotation'] {
  const path = one.file ?? '.github';
  const line = one.line ?? 1;
  return {
    path,
    start_line: line,
    end_line: line,
    start_column: null,
    end_column: null,
    annotation_level: one.level,
    title: one.title ?? '',
    message: one.message,
    raw_details: '',
    blob_href: `${at.page}/blob/${headOf(run).sha}/${path}`,
  };
}
