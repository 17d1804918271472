import type {
  CreateServiceCommandInput,
  DeploymentConfiguration,
  DeploymentLifecycleHook,
} from '@aws-sdk/client-ecs';
import type { ResolvedEnvironment } from '../config/index.ts';
import { stageOfGate, type GateName } from './stages.ts';

/** What sluice.yml says of a service, in ECS's words: the same for CreateService and UpdateService. */
export type ServiceShape = Pick<
  CreateServiceCommandInput,
  'deploymentConfiguration' | 'loadBalancers' | 'healthCheckGracePeriodSeconds' | 'networkConfiguration'
>;

/** @param containerName of the task definition's containers, the one that the load balancer reaches */
export function serviceShapeOf(environment: ResolvedEnvironment, containerName: string): ServiceShape {
  return {
    deploymentConfiguration: deploymentConfigurationOf(environment),
    ...loadBalancingOf(environment, containerName),
    ...networkOf(environment),
  };
}

/**
 * Absolute: what an earlier configuration had, and this one has not, is switched off rather than left out, because ECS
 * keeps what it is not told (API reference, UpdateService: an empty list removes hooks and alarms).
 */
function deploymentConfigurationOf(environment: ResolvedEnvironment): DeploymentConfiguration {
  const { deploy } = environment;
  const hasAlarms = deploy.alarms.length > 0;
  const common: DeploymentConfiguration = {
    alarms: { alarmNames: deploy.alarms, enable: hasAlarms, rollback: hasAlarms },
    lifecycleHooks: lifecycleHooksOf(environment),
  };
  const shifting = { ...common, bakeTimeInMinutes: minutes(deploy.bake) };
  switch (deploy.strategy) {
    case 'rolling':
      return {
        ...common,
        strategy: 'ROLLING',
        minimumHealthyPercent: deploy.minimumHealthy,
        maximumPercent: deploy.maximum,
        deploymentCircuitBreaker: { enable: deploy.circuitBreaker, rollback: deploy.circuitBreaker },
      };
    case 'blue-green':
      return { ...shifting, strategy: 'BLUE_GREEN' };
    case 'canary': {
      const { percent, every } = stepsOf(deploy);
      return {
        ...shifting,
        strategy: 'CANARY',
        canaryConfiguration: { canaryPercent: percent, canaryBakeTimeInMinutes: minutes(every) },
      };
    }
    case 'linear': {
      const { percent, every } = stepsOf(deploy);
      return {
        ...shifting,
        strategy: 'LINEAR',
        linearConfiguration: { stepPercent: percent, stepBakeTimeInMinutes: minutes(every) },
      };
    }
  }
}

/** sluice.yml's own defaults, where a canary or linear deployment has no `steps` at all. */
const defaultSteps = { percent: 10, every: 5 * 60_000 };

function stepsOf({ steps }: ResolvedEnvironment['deploy']): { percent: number; every: number } {
  return steps ?? defaultSteps;
}

/**
 * The percentages of production traffic on green that a deployment goes through, 0 and 100 included. ECS rounds to
 * tenths; so do we, as 3 × 33.3 is 99.89999999999999 otherwise.
 */
export function shiftStepsOf({ deploy }: Pick<ResolvedEnvironment, 'deploy'>): readonly number[] {
  switch (deploy.strategy) {
    case 'rolling':
    case 'blue-green':
      return [0, 100];
    case 'canary': {
      const { percent } = stepsOf(deploy);
      return percent < 100 ? [0, percent, 100] : [0, 100];
    }
    case 'linear': {
      const { percent } = stepsOf(deploy);
      const between = Array.from(
        { length: Math.ceil(100 / percent) - 1 },
        (_, index) => Math.round((index + 1) * percent * 10) / 10,
      );
      return [0, ...between.filter((step) => step < 100), 100];
    }
  }
}

function lifecycleHooksOf({ deploy }: ResolvedEnvironment): DeploymentLifecycleHook[] {
  const timeoutInMinutes = minutes(deploy.gateTimeout);
  return gatesOf(deploy).map((gate) => ({
    targetType: 'PAUSE',
    lifecycleStages: [stageOfGate[gate]],
    // Nobody answers: the runner died, or its job. Then the old version keeps the traffic.
    timeoutConfiguration: { timeoutInMinutes, action: 'ROLLBACK' },
  }));
}

/** The gates that a deployment stops at, in the order in which it meets them. */
export function gatesOf({ gates }: ResolvedEnvironment['deploy']): readonly GateName[] {
  if (gates === undefined) return [];
  const inOrder: readonly GateName[] = ['beforeTraffic', 'eachStep', 'afterTraffic'];
  return inOrder.filter((gate) => gates[gate].length > 0);
}

function loadBalancingOf(
  { deploy, loadBalancer, container }: ResolvedEnvironment,
  containerName: string,
): Pick<ServiceShape, 'loadBalancers' | 'healthCheckGracePeriodSeconds'> {
  if (loadBalancer === undefined) return {};
  const { targetGroup, alternateTargetGroup, productionRule, testRule, role } = loadBalancer;
  return {
    loadBalancers: [
      {
        targetGroupArn: targetGroup,
        containerName,
        containerPort: container.port,
        ...(deploy.strategy === 'rolling'
          ? {}
          : {
              advancedConfiguration: {
                alternateTargetGroupArn: alternateTargetGroup,
                productionListenerRule: productionRule,
                ...(testRule === undefined ? {} : { testListenerRule: testRule }),
                roleArn: role,
              },
            }),
      },
    ],
    healthCheckGracePeriodSeconds: Math.ceil(container.health.startPeriod / 1000),
  };
}

export function networkOf({ network }: ResolvedEnvironment): Pick<ServiceShape, 'networkConfiguration'> {
  if (network.mode !== 'awsvpc') return {};
  return {
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: network.subnets,
        securityGroups: network.securityGroups,
        assignPublicIp: network.assignPublicIp ? 'ENABLED' : 'DISABLED',
      },
    },
  };
}

/** ECS counts in whole minutes; the schema's rules let no other durations through. */
function minutes(milliseconds: number): number {
  return Math.round(milliseconds / 60_000);
}
