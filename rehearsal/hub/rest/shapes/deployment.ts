import { isProduction } from '../../deployments.ts';
import type { Deployment, DeploymentStatus } from '../../model.ts';
import { nodeId, type Addresses, type Schemas } from './addresses.ts';
import { user } from './user.ts';

export function deployment(at: Addresses, record: Deployment): Schemas['deployment'] {
  const url = `${at.api}/deployments/${record.id}`;
  return {
    url,
    id: record.id,
    node_id: nodeId('Deployment', record.id),
    sha: record.sha,
    ref: record.ref,
    task: record.task,
    payload: record.payload as Schemas['deployment']['payload'],
    original_environment: record.originalEnvironment ?? record.environment,
    environment: record.environment,
    description: record.description,
    creator: user(at, record.creator),
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: at.api,
    transient_environment: record.transient ?? false,
    production_environment: isProduction(record),
  };
}

export function deploymentStatus(
  at: Addresses,
  of: Deployment,
  status: DeploymentStatus,
): Schemas['deployment-status'] {
  const url = `${at.api}/deployments/${of.id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    // GitHub's description does not know `waiting`, which a deployment is until its environment lets it in.
    state: status.state === 'waiting' ? 'pending' : status.state,
    creator: user(at, of.creator),
    description: status.description,
    environment: of.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: at.api,
  };
}
