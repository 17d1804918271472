import type { DeploymentConfiguration, LoadBalancer } from '@aws-sdk/client-ecs';
import type { RevisionRecord, Route } from '../model.ts';
import type { LoadBalancing, WeightedGroup } from '../world.ts';

export function shiftsTraffic({ strategy = 'ROLLING' }: DeploymentConfiguration): boolean {
  return strategy !== 'ROLLING';
}

/**
 * Which target groups a new revision's tasks are registered with. A rolling deployment stays where the last one was;
 * the others take the group of each pair that is not in service, which is the one that the revision before them does
 * not have, and without such a revision the one to which the production rule sends nothing.
 */
export function routesOf(
  loadBalancers: readonly LoadBalancer[],
  configuration: DeploymentConfiguration,
  before: RevisionRecord | undefined,
  loadBalancing: LoadBalancing,
): Route[] {
  return loadBalancers.map(
    ({ targetGroupArn = '', containerName = '', containerPort = 0, advancedConfiguration }) => {
      const { alternateTargetGroupArn, productionListenerRule, testListenerRule } =
        advancedConfiguration ?? {};
      const port = { containerName, containerPort };
      if (alternateTargetGroupArn === undefined || productionListenerRule === undefined) {
        return { targetGroupArn, ...port };
      }
      const pair = [targetGroupArn, alternateTargetGroupArn];
      const known = before?.routes.find((route) => pair.includes(route.targetGroupArn))?.targetGroupArn;
      const served = known ?? servedGroup(pair, productionListenerRule, loadBalancing);
      const shifts = shiftsTraffic(configuration);
      const own = shifts
        ? (pair.find((arn) => arn !== served) ?? alternateTargetGroupArn)
        : (known ?? targetGroupArn);
      return {
        targetGroupArn: own,
        ...port,
        pair: {
          otherTargetGroupArn: own === targetGroupArn ? alternateTargetGroupArn : targetGroupArn,
          productionRule: productionListenerRule,
          ...(testListenerRule === undefined ? {} : { testRule: testListenerRule }),
        },
      };
    },
  );
}

function servedGroup(
  pair: readonly string[],
  rule: string,
  loadBalancing: LoadBalancing,
): string | undefined {
  const serving = loadBalancing.rule(rule)?.forward.filter(({ weight }) => weight > 0) ?? [];
  return pair.find((arn) => serving.some(({ targetGroupArn }) => targetGroupArn === arn)) ?? pair[0];
}

/**
 * Why ECS would not shift traffic by these rules, in its own words.
 * Source: ECS developer guide, "Troubleshooting Amazon ECS blue/green deployments".
 */
export function networkingFault(routes: readonly Route[], loadBalancing: LoadBalancing): string | undefined {
  for (const { targetGroupArn, pair } of routes) {
    if (pair === undefined) continue;
    const production = loadBalancing.rule(pair.productionRule);
    const test = pair.testRule === undefined ? undefined : loadBalancing.rule(pair.testRule);
    if (production === undefined || (pair.testRule !== undefined && test === undefined)) {
      return 'One or more rules not found';
    }
    const groups = [targetGroupArn, pair.otherTargetGroupArn];
    const referenced = [...production.forward, ...(test?.forward ?? [])].map((group) => group.targetGroupArn);
    const missing = groups.find((arn) => !referenced.includes(arn));
    if (missing !== undefined) {
      return `Target group ${missing} is not associated with either productionListenerRule or testListenerRule.`;
    }
    const serving = production.forward.filter(({ weight }) => weight > 0);
    const stranger = serving.find((group) => !groups.includes(group.targetGroupArn));
    if (stranger !== undefined) {
      return `Production listener rule is forwarding traffic to unexpected target group ${stranger.targetGroupArn}. Expected traffic to be forwarded to either targetGroupArn: ${targetGroupArn} or alternateTargetGroupArn: ${pair.otherTargetGroupArn}`;
    }
    if (serving.length !== 1) {
      return `productionListenerRule ${production.arn} should have exactly one target group serving traffic but found ${serving.length} target groups which are serving traffic`;
    }
  }
  return undefined;
}

/** Writes both rules of every pair: absolute, and the same again does no harm. Percent on green. */
export function writeWeights(
  routes: readonly Route[],
  { productionPercent, testPercent }: { readonly productionPercent: number; readonly testPercent: number },
  loadBalancing: LoadBalancing,
): void {
  for (const { targetGroupArn, pair } of routes) {
    if (pair === undefined) continue;
    const { otherTargetGroupArn, productionRule, testRule } = pair;
    loadBalancing.setForward(productionRule, split(targetGroupArn, otherTargetGroupArn, productionPercent));
    if (testRule !== undefined) {
      loadBalancing.setForward(testRule, split(targetGroupArn, otherTargetGroupArn, testPercent));
    }
  }
}

/** Weights are whole numbers: of 100, and of 1,000 where the percentage has a decimal. */
function split(green: string, blue: string, percent: number): WeightedGroup[] {
  const whole = Number.isInteger(percent) ? 100 : 1000;
  const weight = Math.round((percent * whole) / 100);
  return [
    { targetGroupArn: green, weight },
    { targetGroupArn: blue, weight: whole - weight },
  ];
}
