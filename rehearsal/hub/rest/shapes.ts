import type { Hub } from '../hub.ts';
import type { Deployment, DeploymentStatus, Job, Run, Step } from '../model.ts';

/** Records in the shapes of GitHub's REST API. Source: GitHub's OpenAPI description. */
export interface ShapeOptions {
  readonly hub: Hub;
  /** `http://127.0.0.1:4480` */
  readonly serverUrl: string;
}

export function shapes({ hub, serverUrl }: ShapeOptions) {
  const { repository } = hub;
  const fullName = `${repository.owner}/${repository.name}`;
  const api = `${serverUrl}/api/v3/repos/${fullName}`;
  const page = `${serverUrl}/${fullName}`;
  const nodeId = (kind: string, id: number): string => Buffer.from(`${kind}${id}`).toString('base64');

  const user = (login: string, id = repository.ownerId) => ({
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: '',
    gravatar_id: '',
    url: `${serverUrl}/api/v3/users/${login}`,
    html_url: `${serverUrl}/${login}`,
    type: 'User',
    site_admin: false,
  });

  return {
    user,

    repository: () => ({
      id: repository.id,
      node_id: nodeId('Repository', repository.id),
      name: repository.name,
      full_name: fullName,
      private: false,
      owner: user(repository.owner),
      html_url: page,
      description: 'The rehearsal of this repository.',
      fork: false,
      url: api,
      default_branch: repository.defaultBranch,
      visibility: 'public',
    }),

    deployment: (deployment: Deployment) => ({
      url: `${api}/deployments/${deployment.id}`,
      id: deployment.id,
      node_id: nodeId('Deployment', deployment.id),
      sha: deployment.sha,
      ref: deployment.ref,
      task: deployment.task,
      payload: deployment.payload,
      original_environment: deployment.environment,
      environment: deployment.environment,
      description: deployment.description,
      creator: user(deployment.creator),
      created_at: deployment.createdAt,
      updated_at: deployment.updatedAt,
      statuses_url: `${api}/deployments/${deployment.id}/statuses`,
      repository_url: api,
      transient_environment: false,
      production_environment: deployment.environment === 'production',
    }),

    deploymentStatus: (deployment: Deployment, status: DeploymentStatus) => ({
      url: `${api}/deployments/${deployment.id}/statuses/${status.id}`,
      id: status.id,
      node_id: nodeId('DeploymentStatus', status.id),
      state: status.state,
      creator: user(deployment.creator),
      description: status.description,
      environment: deployment.environment,
      target_url: status.logUrl,
      created_at: status.createdAt,
      updated_at: status.createdAt,
      deployment_url: `${api}/deployments/${deployment.id}`,
      repository_url: api,
      environment_url: status.environmentUrl,
      log_url: status.logUrl,
    }),

    run: (run: Run) => ({
      id: run.id,
      name: run.workflowName,
      node_id: nodeId('WorkflowRun', run.id),
      head_branch: run.ref.replace(/^refs\/(heads|tags)\//, ''),
      head_sha: run.sha,
      path: run.workflowPath,
      display_title: run.displayTitle,
      run_number: run.number,
      run_attempt: run.attempt,
      event: run.event,
      status: run.status,
      conclusion: run.conclusion ?? null,
      workflow_id: 1,
      url: `${api}/actions/runs/${run.id}`,
      html_url: `${page}/actions/runs/${run.id}`,
      pull_requests: [],
      created_at: run.createdAt,
      updated_at: run.completedAt ?? run.startedAt ?? run.createdAt,
      run_started_at: run.startedAt ?? run.createdAt,
      actor: user(run.actor),
      triggering_actor: user(run.actor),
      jobs_url: `${api}/actions/runs/${run.id}/jobs`,
      logs_url: `${api}/actions/runs/${run.id}/logs`,
      cancel_url: `${api}/actions/runs/${run.id}/cancel`,
      rerun_url: `${api}/actions/runs/${run.id}/rerun`,
    }),

    job: (run: Run, job: Job) => ({
      id: job.id,
      run_id: run.id,
      run_url: `${api}/actions/runs/${run.id}`,
      run_attempt: job.attempt,
      node_id: nodeId('CheckRun', job.id),
      head_sha: run.sha,
      url: `${api}/actions/jobs/${job.id}`,
      html_url: `${page}/actions/runs/${run.id}/job/${job.id}`,
      status: job.status,
      conclusion: job.conclusion ?? null,
      created_at: job.createdAt,
      started_at: job.startedAt ?? job.createdAt,
      completed_at: job.completedAt ?? null,
      name: job.name,
      steps: job.steps.map(step),
      check_run_url: `${api}/check-runs/${job.id}`,
      labels: ['ubuntu-latest'],
      runner_id: 1,
      runner_name: 'rehearsal',
      runner_group_id: 1,
      runner_group_name: 'rehearsal',
      workflow_name: run.workflowName,
      head_branch: run.ref.replace(/^refs\/(heads|tags)\//, ''),
    }),
  };
}

export type Shapes = ReturnType<typeof shapes>;

function step({ number, name, status, conclusion, startedAt, completedAt }: Step) {
  return {
    name,
    status: status === 'completed' || status === 'in_progress' ? status : 'queued',
    conclusion: conclusion ?? null,
    number,
    started_at: startedAt ?? null,
    completed_at: completedAt ?? null,
  };
}
