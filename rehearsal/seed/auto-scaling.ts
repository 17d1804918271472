import {
  ApplicationAutoScalingClient,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { adminCredentials, type Cloud } from '../cloud/index.ts';
import type { Hub } from '../hub/hub.ts';

export interface WantedScaling {
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
  readonly minimum: number;
  readonly maximum: number;
  /** The average CPU use to aim at, in percent. */
  readonly cpu: number;
}

/**
 * Lets Application Auto Scaling have a service's desired count, as `compute.autoScaling` says. It wants a service that
 * is there already, so that this is for after the first deployment; again, it changes nothing.
 */
async function provisionScaling(
  cloud: Cloud,
  { region, cluster, service, minimum, maximum, cpu }: WantedScaling,
): Promise<void> {
  const client = new ApplicationAutoScalingClient({
    endpoint: cloud.url,
    region,
    credentials: adminCredentials,
    maxAttempts: 1,
  });
  const target = {
    ServiceNamespace: 'ecs',
    ResourceId: `service/${cluster}/${service}`,
    ScalableDimension: 'ecs:service:DesiredCount',
  } as const;
  await client.send(
    new RegisterScalableTargetCommand({ ...target, MinCapacity: minimum, MaxCapacity: maximum }),
  );
  await client.send(
    new PutScalingPolicyCommand({
      ...target,
      PolicyName: `${service}-cpu`,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: cpu,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      },
    }),
  );
}

/** Gives each service to auto scaling once it has been deployed. @returns how to stop that */
export function scaleWhenDeployed(
  hub: Hub,
  cloud: Cloud,
  wanted: ReadonlyMap<string, WantedScaling>,
  log: (line: string) => void,
): () => void {
  return hub.onChange((change) => {
    if (change.kind !== 'deployment' || change.deployment.statuses.at(-1)?.state !== 'success') return;
    const scaling = wanted.get(change.deployment.environment);
    if (scaling === undefined) return;
    provisionScaling(cloud, scaling).catch((error: unknown) =>
      log(`Auto scaling: ${error instanceof Error ? error.message : String(error)}`),
    );
  });
}
