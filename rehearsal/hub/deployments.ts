import type { Hub } from './hub.ts';
import type { Deployment, DeploymentStatus } from './model.ts';

/** Whether users work with the environment; where the deployment does not say, `production` is one. */
export function isProduction({ environment, production }: Deployment): boolean {
  return production ?? environment === 'production';
}

/**
 * Adds a status to a deployment. A success makes the environment's earlier successes inactive, but for those that are
 * of production or do not last. Source: REST API, "Create a deployment status", `auto_inactive`.
 */
export function addStatus(
  hub: Hub,
  deployment: Deployment,
  status: Omit<DeploymentStatus, 'id'>,
  { autoInactive }: { readonly autoInactive: boolean },
): DeploymentStatus {
  const added = push(hub, deployment, status);
  if (status.state === 'success' && autoInactive) {
    for (const earlier of hub.deployments.values()) {
      const last = earlier.statuses.at(-1);
      const isReplaced =
        earlier.id < deployment.id &&
        earlier.environment === deployment.environment &&
        earlier.transient !== true &&
        !isProduction(earlier) &&
        last?.state === 'success';
      if (!isReplaced) continue;
      const { environmentUrl, logUrl } = last;
      push(hub, earlier, {
        state: 'inactive',
        description: '',
        environmentUrl,
        logUrl,
        createdAt: status.createdAt,
      });
    }
  }
  return added;
}

function push(hub: Hub, deployment: Deployment, status: Omit<DeploymentStatus, 'id'>): DeploymentStatus {
  const added = { id: hub.nextId(), ...status };
  deployment.statuses.push(added);
  deployment.updatedAt = status.createdAt;
  hub.saveDeployment(deployment);
  return added;
}
