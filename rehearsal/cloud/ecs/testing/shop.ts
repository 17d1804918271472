import type {
  CreateServiceResponse,
  DeploymentConfiguration,
  ServiceDeployment,
  UpdateServiceResponse,
} from '@aws-sdk/client-ecs';
import type { Ecs } from '../index.ts';
import type { EcsState } from '../model.ts';
import {
  AlarmsInMemory,
  blueGroup,
  greenGroup,
  LoadBalancingInMemory,
  productionRule,
  testRule,
} from './load-balancing.ts';
import { rehearse, type Rehearsal } from './world.ts';

export const pause = (stage: string, timeoutConfiguration: object = {}): object => ({
  targetType: 'PAUSE',
  lifecycleStages: [stage],
  timeoutConfiguration,
});

export const loadBalancers = [
  {
    targetGroupArn: blueGroup,
    containerName: 'web',
    containerPort: 8080,
    advancedConfiguration: {
      alternateTargetGroupArn: greenGroup,
      productionListenerRule: productionRule,
      testListenerRule: testRule,
      roleArn: 'arn:aws:iam::000000000000:role/ecs-load-balancing',
    },
  },
];

/** A service behind a load balancer in memory, for the tests of deployments that shift traffic. */
export interface Shop extends Rehearsal {
  readonly loadBalancing: LoadBalancingInMemory;
  readonly alarms: AlarmsInMemory;
  /** Every stage that the deployments have been in, in order. */
  readonly stages: string[];
  /** Creates the service `chat` of one task and waits until its first deployment has ended. */
  open(configuration: DeploymentConfiguration, desiredCount?: number): Promise<ServiceDeployment>;
  /** Starts a deployment of a new version. @returns its ARN */
  release(configuration?: DeploymentConfiguration, container?: object): Promise<string>;
  /** Waits until the deployment awaits an answer, and gives its newest hook. */
  gate(arn: string): Promise<{ hookId: string; stage: string }>;
  answer(arn: string, hookId: string, action?: 'CONTINUE' | 'ROLLBACK'): Promise<void>;
  ended(arn: string): Promise<ServiceDeployment>;
  /** Percent by target group of what production gets. */
  production(): Record<string, number>;
}

export async function openShop(
  options: {
    scale?: number;
    saved?: EcsState;
    directory?: string;
    loadBalancing?: LoadBalancingInMemory;
  } = {},
): Promise<Shop> {
  const loadBalancing = options.loadBalancing ?? new LoadBalancingInMemory();
  const alarms = new AlarmsInMemory();
  const stages: string[] = [];
  const changed = (ecs: Ecs): void => {
    const stage = ecs.save().services[0]?.deployments[0]?.shift?.stage;
    if (stage !== undefined && stage !== stages.at(-1)) stages.push(stage);
  };
  const rehearsal = await rehearse({ scale: 600, ...options, loadBalancing, alarms, changed });
  if (options.saved === undefined) await rehearsal.call('CreateCluster', {});
  let version = 0;
  const register = (container: object): Promise<string> => {
    version += 1;
    return rehearsal.register(
      {},
      { environment: [{ name: 'VERSION', value: String(version) }], ...container },
    );
  };
  const ended = (arn: string): Promise<ServiceDeployment> =>
    rehearsal.until('the deployment ends', async () => {
      const deployment = await rehearsal.deployment(arn);
      return deployment.finishedAt !== undefined && deployment;
    });
  return {
    ...rehearsal,
    loadBalancing,
    alarms,
    stages,
    ended,
    async open(deploymentConfiguration, desiredCount = 1) {
      const { service } = await rehearsal.call<CreateServiceResponse>('CreateService', {
        serviceName: 'chat',
        taskDefinition: await register({}),
        desiredCount,
        deploymentConfiguration,
        loadBalancers,
      });
      return ended(service?.currentServiceDeployment ?? '');
    },
    async release(deploymentConfiguration, container = {}) {
      const { service } = await rehearsal.call<UpdateServiceResponse>('UpdateService', {
        service: 'chat',
        taskDefinition: await register(container),
        deploymentConfiguration,
      });
      return service?.currentServiceDeployment ?? '';
    },
    gate: (arn) =>
      rehearsal.until('a gate', async () => {
        const { lifecycleHookDetails = [], lifecycleStage = '' } = await rehearsal.deployment(arn);
        const [hook] = lifecycleHookDetails;
        return hook?.status === 'AWAITING_ACTION' && { hookId: hook.hookId ?? '', stage: lifecycleStage };
      }),
    async answer(arn, hookId, action = 'CONTINUE') {
      await rehearsal.call('ContinueServiceDeployment', { serviceDeploymentArn: arn, hookId, action });
    },
    production: () =>
      Object.fromEntries(
        (loadBalancing.rule(productionRule)?.forward ?? []).map(({ targetGroupArn, weight }) => [
          targetGroupArn.split('/')[1] ?? '',
          weight,
        ]),
      ),
  };
}
