import { accountId } from '../accounts.ts';
import type { Repository, Run } from '../model.ts';
import type { Json } from './expressions/evaluate.ts';

/** The `github` context of a run, without what belongs to one job (`job`, `token`, `workspace`, `action`…). */
export function githubContext(
  run: Run,
  repository: Repository,
  options: { readonly serverUrl: string },
): Record<string, Json> {
  const fullName = `${repository.owner}/${repository.name}`;
  return {
    ref: run.ref,
    sha: run.sha,
    ref_name: run.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: false,
    head_ref: run.pullRequest?.headRef ?? '',
    base_ref: run.pullRequest?.baseRef ?? '',
    repository: fullName,
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    repository_owner_id: String(repository.ownerId),
    repository_visibility: 'private',
    repositoryUrl: `${options.serverUrl}/${fullName}.git`,
    server_url: options.serverUrl,
    api_url: `${options.serverUrl}/api/v3`,
    graphql_url: `${options.serverUrl}/api/graphql`,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    retention_days: '90',
    secret_source: 'Actions',
    workflow: run.workflowName,
    workflow_ref: `${fullName}/${run.workflowPath}@${run.ref}`,
    workflow_sha: run.sha,
    event_name: run.event,
    // Payloads are JSON by construction: they come from a push, or from a request's body.
    event: run.payload as Record<string, Json>,
    actor: run.actor,
    actor_id: String(accountId(run.actor, repository)),
    triggering_actor: run.triggeringActor ?? run.actor,
  };
}
