import type { Action, Rule, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { isInProgress, shiftsTraffic, type Check, type Facts, type Objection } from '../facts.ts';
import { targetGroupArns } from '../needs.ts';
import { cli, of } from './objection.ts';

/** Target groups, listener rules and their weights, and whether there is a healthy side to go back to. */
export const loadBalancerChecks: readonly Check[] = [
  twoGroups,
  targetGroups,
  sameNetwork,
  productionRule,
  weights,
  blue,
  testRule,
];

function twoGroups({ environment: { loadBalancer, name } }: Facts): Objection | undefined {
  return loadBalancer?.targetGroup === loadBalancer?.alternateTargetGroup && loadBalancer !== undefined
    ? {
        what: 'loadBalancer.targetGroup and loadBalancer.alternateTargetGroup are one and the same',
        remedy: `Set environments.${name}.loadBalancer.alternateTargetGroup to a second target group`,
      }
    : undefined;
}

/** Each is there, and takes targets of the kind that the tasks are. */
function targetGroups({ gathered, environment }: Facts): (Objection | undefined)[] {
  const { network, container, aws, name } = environment;
  const wanted = network.mode === 'awsvpc' ? 'ip' : 'instance';
  return targetGroupArns(environment).map((arn, index) => {
    const key = `environments.${name}.loadBalancer.${index === 0 ? 'targetGroup' : 'alternateTargetGroup'}`;
    const create = `${cli('elbv2 create-target-group', aws.region)} --name … --protocol HTTP --port ${container.port} --target-type ${wanted} --vpc-id …, and set ${key}`;
    const found = gathered.targetGroups[arn];
    if (found === undefined) return undefined;
    return of(found, 'elasticloadbalancing:DescribeTargetGroups', (group) => {
      if (group === undefined) return { what: `There is no target group ${arn}`, remedy: create };
      if (group.TargetType !== wanted) {
        return {
          what: `The target group ${arn} takes targets of the type ${group.TargetType ?? ''}, and tasks of the network mode ${network.mode} are of the type ${wanted}`,
          remedy: create,
        };
      }
      // ECS refuses a group that no load balancer forwards to. The other one is put into the rule by ECS itself.
      return index === 0 && (group.LoadBalancerArns ?? []).length === 0
        ? {
            what: `No load balancer forwards to the target group ${arn}`,
            remedy: `Let a listener rule forward to it: ${cli('elbv2 modify-rule', aws.region)} --rule-arn … --actions '${forwardTo([{ arn, weight: 1 }])}'`,
          }
        : undefined;
    });
  });
}

/** One rule forwards to groups of one network, and a group belongs to one load balancer. */
function sameNetwork(facts: Facts): Objection | undefined {
  const { environment } = facts;
  const [one, other] = targetGroupArns(environment).map((arn) => groupOf(facts, arn));
  if (one === undefined || other === undefined) return undefined;
  const remedy = `Set environments.${environment.name}.loadBalancer to two target groups of one load balancer`;
  if (one.VpcId !== other.VpcId) {
    return {
      what: `The target groups are in different networks, ${one.VpcId ?? ''} and ${other.VpcId ?? ''}`,
      remedy,
    };
  }
  const balancers = one.LoadBalancerArns ?? [];
  const others = other.LoadBalancerArns ?? [];
  // A group that nothing forwards to yet is behind none.
  return balancers.length === 0 || others.length === 0 || balancers.some((arn) => others.includes(arn))
    ? undefined
    : { what: 'The target groups are behind different load balancers', remedy };
}

/** It forwards, and to nothing but the two groups. */
function productionRule(facts: Facts): Objection | undefined {
  return rule(facts, 'productionRule');
}

/**
 * All traffic is on one of the two. ECS does not look before it shifts (aws/containers-roadmap#2853): what somebody
 * left in between would be taken for what it is not. A fresh rule names one group alone; ECS makes it a weighted one.
 */
function weights(facts: Facts): Objection | undefined {
  const { environment } = facts;
  const split = splitOf(facts);
  if (split === undefined || isInProgress(facts)) return undefined;
  const arn = environment.loadBalancer?.productionRule ?? '';
  const all = split.reduce((sum, { weight }) => sum + weight, 0);
  const receiving = split.filter(({ weight }) => weight > 0);
  if (receiving.length === 1) return undefined;
  const [side, ...others] = [...split].sort(
    (a, b) => healthyTargets(facts, b.arn) - healthyTargets(facts, a.arn),
  );
  if (side === undefined) return undefined;
  const whole = [{ arn: side.arn, weight: 100 }, ...others.map((one) => ({ arn: one.arn, weight: 0 }))];
  return {
    what:
      all === 0
        ? `The production rule ${arn} gives no target group any traffic`
        : `The production rule ${arn} splits the traffic, ${split.map((one) => `${Math.round((100 * one.weight) / all)} % to ${nameOf(one.arn)}`).join(' and ')}, and no deployment is doing so`,
    remedy: `Give all of it to the side that is good: ${cli('elbv2 modify-rule', environment.aws.region)} --rule-arn ${arn} --actions '${forwardTo(whole)}'`,
  };
}

/**
 * There is a side to go back to. One target that fails does not refuse a release: it may be what the release mends. On
 * the way back itself, there is nothing better to go to.
 */
function blue(facts: Facts): Objection | undefined {
  const { gathered, environment, direction } = facts;
  if (direction === 'back' || isInProgress(facts) || !shiftsTraffic(environment)) return undefined;
  const service = gathered.service.ok ? gathered.service.value : undefined;
  const groups = targetGroupArns(environment);
  const isBehindThem = (service?.loadBalancers ?? []).some(({ targetGroupArn = '' }) =>
    groups.includes(targetGroupArn),
  );
  const live = splitOf(facts)?.filter(({ weight }) => weight > 0) ?? [];
  const [side] = live;
  if (!isBehindThem || side === undefined || live.length > 1) return undefined;
  const targets = gathered.targets[side.arn];
  if (targets === undefined) return undefined;
  return of(targets, 'elasticloadbalancing:DescribeTargetHealth', (all) =>
    healthyTargets(facts, side.arn) > 0
      ? undefined
      : {
          what: `Blue is not healthy: ${all.length === 0 ? 'the target group' : `none of ${all.length} targets of`} ${nameOf(side.arn)}${all.length === 0 ? ' has no targets' : ' is'}, and there would be nothing to go back to`,
          remedy: `See why: ${cli('elbv2 describe-target-health', environment.aws.region)} --target-group-arn ${side.arn}; or go back to a good release with the rollback workflow`,
        },
  );
}

/** It forwards to one of the two, on the load balancer of the production rule, and is another rule. */
function testRule(facts: Facts): Objection | undefined {
  const { loadBalancer, name } = facts.environment;
  const { productionRule: production, testRule: test } = loadBalancer ?? {};
  if (test === undefined || !shiftsTraffic(facts.environment)) return undefined;
  const key = `environments.${name}.loadBalancer.testRule`;
  if (test === production) {
    return {
      what: 'The test rule is the production rule: users would get what is to be tested',
      remedy: `Set ${key} to a rule of another listener`,
    };
  }
  const [tested, live] = [test, production ?? ''].map(loadBalancerOf);
  if (tested !== undefined && live !== undefined && tested !== live) {
    return {
      what: `The test rule ${test} and the production rule ${production ?? ''} are of different load balancers`,
      remedy: `Set ${key} to a rule of the load balancer that users reach`,
    };
  }
  return rule(facts, 'testRule');
}

function rule({ gathered, environment }: Facts, key: 'productionRule' | 'testRule'): Objection | undefined {
  const { loadBalancer, name, aws } = environment;
  const arn = loadBalancer?.[key] ?? '';
  const found = gathered.rules[arn];
  if (found === undefined) return undefined;
  const which = key === 'productionRule' ? 'production rule' : 'test rule';
  const groups = targetGroupArns(environment);
  const mend = `${cli('elbv2 modify-rule', aws.region)} --rule-arn ${arn} --actions '${forwardTo(groups.map((group, index) => ({ arn: group, weight: index === 0 ? 100 : 0 })))}'`;
  return of(found, 'elasticloadbalancing:DescribeRules', (one) => {
    if (one === undefined) {
      return {
        what: `There is no listener rule ${arn}`,
        remedy: `Set environments.${name}.loadBalancer.${key} to the ARN of the ${which} (${cli('elbv2 describe-rules', aws.region)} --listener-arn …)`,
      };
    }
    const others = (one.Actions ?? []).filter(({ Type: type }) => type !== 'forward');
    // Source: ECS developer guide, "Application Load Balancer resources for blue/green deployments".
    if (others.length > 0 || one.Actions?.length !== 1) {
      return {
        what: `The ${which} ${arn} does more than forward (${others.map(({ Type: type }) => type).join(', ') || 'nothing'}), and ECS moves traffic only on rules that forward alone`,
        remedy: mend,
      };
    }
    const foreign = forwardsOf(one).filter((forward) => !groups.includes(forward.arn));
    return foreign.length === 0
      ? undefined
      : {
          what: `The ${which} ${arn} forwards to ${foreign.map((forward) => nameOf(forward.arn)).join(', ')}, which is none of the two target groups`,
          remedy: `${mend}, or mend environments.${name}.loadBalancer`,
        };
  });
}

interface Forward {
  readonly arn: string;
  readonly weight: number;
}

/** The production rule's split, where it is one between the two groups. */
function splitOf({ gathered, environment }: Facts): readonly Forward[] | undefined {
  const found = gathered.rules[environment.loadBalancer?.productionRule ?? ''];
  const groups = targetGroupArns(environment);
  const forwards = found?.ok === true && found.value !== undefined ? forwardsOf(found.value) : [];
  return forwards.length > 0 && forwards.every(({ arn }) => groups.includes(arn)) ? forwards : undefined;
}

/** A forward action names its groups with weights, or one group alone. */
function forwardsOf({ Actions: actions = [] }: Rule): readonly Forward[] {
  return actions
    .filter(({ Type: type }) => type === 'forward')
    .flatMap(({ ForwardConfig: config, TargetGroupArn: alone }: Action) => {
      const weighted = config?.TargetGroups ?? [];
      if (weighted.length === 0) return alone === undefined ? [] : [{ arn: alone, weight: 1 }];
      // A group that is alone may come without a weight: it gets everything.
      return weighted.map(({ TargetGroupArn: arn = '', Weight: weight = 1 }) => ({ arn, weight }));
    });
}

function groupOf({ gathered }: Facts, arn: string): TargetGroup | undefined {
  const found = gathered.targetGroups[arn];
  return found?.ok === true ? found.value : undefined;
}

function healthyTargets({ gathered }: Facts, arn: string): number {
  const targets = gathered.targets[arn];
  return targets?.ok === true
    ? targets.value.filter(({ TargetHealth: health }) => health?.State === 'healthy').length
    : 0;
}

/** `…:listener-rule/app/NAME/ID/LISTENER/RULE` → `app/NAME/ID`; `undefined` where it is no rule's ARN */
function loadBalancerOf(ruleArn: string): string | undefined {
  return /:listener-rule\/(app\/[^/]+\/[^/]+)\//.exec(ruleArn)?.[1];
}

/** `…:targetgroup/NAME/ID` → `NAME` */
function nameOf(targetGroupArn: string): string {
  return /:targetgroup\/([^/]+)\//.exec(targetGroupArn)?.[1] ?? targetGroupArn;
}

function forwardTo(groups: readonly Forward[]): string {
  return JSON.stringify([
    {
      Type: 'forward',
      ForwardConfig: {
        TargetGroups: groups.map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight })),
      },
    },
  ]);
}
