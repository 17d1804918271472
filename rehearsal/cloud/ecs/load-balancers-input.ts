import type { DeploymentStrategy, LoadBalancer } from '@aws-sdk/client-ecs';
import { invalidParameter, unsupported } from './errors.ts';
import type { TaskDefinitionRecord } from './model.ts';
import type { LoadBalancing } from './world.ts';

/**
 * Checks what ECS checks of a service's load balancers when it is asked; what it checks only when traffic is to be
 * shifted, `networkingFault` does.
 *
 * Source of most words: ECS developer guide, "Troubleshooting Amazon ECS blue/green deployments" and "Service
 * create-service … errors".
 * @throws InvalidParameterException
 */
export function checkLoadBalancers(
  loadBalancers: readonly LoadBalancer[],
  strategy: DeploymentStrategy,
  definition: TaskDefinitionRecord,
  loadBalancing: LoadBalancing,
): void {
  const advanced = loadBalancers.filter(({ advancedConfiguration }) => advancedConfiguration !== undefined);
  if (loadBalancers.some(({ loadBalancerName }) => loadBalancerName !== undefined)) {
    if (loadBalancers.some(({ targetGroupArn }) => targetGroupArn !== undefined)) {
      throw invalidParameter(
        'All loadBalancers must be strictly either ELBv1 (defining loadBalancerName) or ELBv2 (defining targetGroupArn)',
      );
    }
    throw unsupported('Classic Load Balancers: the rehearsal does not have this.');
  }
  if (strategy !== 'ROLLING' && advanced.length < loadBalancers.length) {
    throw invalidParameter(
      'advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy',
    );
  }
  if (advanced.length > 0 && advanced.length < loadBalancers.length) {
    throw invalidParameter(
      'Either all or none of the provided loadBalancers must have advancedConfiguration defined',
    );
  }
  const seen = new Set<string>();
  for (const loadBalancer of loadBalancers) {
    const { targetGroupArn, advancedConfiguration } = loadBalancer;
    for (const arn of [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn]) {
      if (arn === undefined) continue;
      if (seen.has(arn)) throw invalidParameter(`Duplicate targetGroupArn found: ${arn}`);
      seen.add(arn);
    }
    checkAdvanced(loadBalancer, loadBalancing);
    checkTargetGroup(targetGroupArn, definition, loadBalancing);
    checkContainer(loadBalancer, definition);
  }
}

function checkAdvanced(
  { targetGroupArn, advancedConfiguration: advanced }: LoadBalancer,
  loadBalancing: LoadBalancing,
): void {
  if (advanced === undefined) return;
  const { alternateTargetGroupArn, productionListenerRule, testListenerRule } = advanced;
  for (const name of ['alternateTargetGroupArn', 'productionListenerRule', 'roleArn'] as const) {
    // ECS's own words for this are not documented.
    if ((advanced[name] ?? '') === '') {
      throw invalidParameter(`${name} is required in the advancedConfiguration of a load balancer.`);
    }
  }
  for (const name of ['productionListenerRule', 'testListenerRule'] as const) {
    const arn = advanced[name];
    if (arn !== undefined && !/^arn:[\w-]+:elasticloadbalancing:[^:]*:[^:]*:listener-rule\/app\//.test(arn)) {
      throw invalidParameter(
        `${name} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: ${arn}`,
      );
    }
  }
  if (testListenerRule !== undefined && testListenerRule === productionListenerRule) {
    throw invalidParameter(
      `The following rules cannot be used as both production and test listener rules: ${testListenerRule}`,
    );
  }
  if (loadBalancing.targetGroup(alternateTargetGroupArn ?? '') === undefined) throw noSuchTargetGroup();
  const forward = loadBalancing.rule(productionListenerRule ?? '')?.forward ?? [];
  const hasBoth = [targetGroupArn, alternateTargetGroupArn].every((arn) =>
    forward.some((group) => group.targetGroupArn === arn),
  );
  if (testListenerRule === undefined && !hasBoth) {
    throw invalidParameter(
      'For Application LoadBalancer, testListenerRule is required when productionListenerRule is not associated with both targetGroup and alternateTargetGroup',
    );
  }
}

function checkTargetGroup(
  targetGroupArn: string | undefined,
  { definition }: TaskDefinitionRecord,
  loadBalancing: LoadBalancing,
): void {
  if (targetGroupArn === undefined) throw invalidParameter('A load balancer must have a targetGroupArn.');
  const group = loadBalancing.targetGroup(targetGroupArn);
  if (group === undefined) throw noSuchTargetGroup();
  const network = definition.networkMode ?? 'bridge';
  if ((network === 'awsvpc') !== (group.targetType === 'ip')) {
    throw invalidParameter(
      `The provided target group ${targetGroupArn} has target type ${group.targetType}, which is incompatible with the ${network} network mode specified in the task definition.`,
    );
  }
  if (group.loadBalancerArns.length === 0) {
    throw invalidParameter(
      `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`,
    );
  }
}

function checkContainer(
  { containerName, containerPort }: LoadBalancer,
  { definition }: TaskDefinitionRecord,
): void {
  const container = definition.containerDefinitions.find(({ name }) => name === containerName);
  if (container === undefined) {
    throw invalidParameter(`The container ${containerName ?? ''} does not exist in the task definition.`);
  }
  const ports = container.portMappings ?? [];
  if (!ports.some((mapping) => mapping.containerPort === containerPort)) {
    throw invalidParameter(
      `The container ${containerName ?? ''} did not have a container port ${containerPort ?? ''} defined.`,
    );
  }
}

const noSuchTargetGroup = (): Error => invalidParameter('The specified target group does not exist.');
