import type {
  CreateRuleInput,
  CreateRuleOutput,
  DeleteRuleInput,
  DescribeRulesInput,
  DescribeRulesOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  Rule,
  SetRulePrioritiesInput,
  SetRulePrioritiesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ServiceError } from '../../wire/service.ts';
import { byKey } from '../../wire/tags.ts';
import { listenerOf, newId, paged, ruleOf, type ElbContext } from '../context.ts';
import { notFound, notHere, validationError } from '../errors.ts';
import { forwardOf, type RuleRecord } from '../model.ts';
import { checkedActions, checkedConditions } from './actions.ts';

const mostPriority = 50_000;

export function ruleOperations(context: ElbContext) {
  const { state, dataPlane, targets, changed } = context;

  const checkPriority = (listenerArn: string, priority: number | undefined, own?: RuleRecord): number => {
    if (priority === undefined || !(priority >= 1 && priority <= mostPriority)) {
      throw validationError(`Priority '${String(priority)}' must be between 1 and ${mostPriority}`);
    }
    const isTaken = state.rules.some(
      (rule) => rule !== own && rule.listenerArn === listenerArn && rule.priority === priority,
    );
    if (isTaken) throw new ServiceError('PriorityInUse', `Priority '${priority}' is currently in use`);
    return priority;
  };
  /** The rules of a listener are others now: for the data plane, and for what was or becomes unused. */
  const announce = (listenerArn: string, ...rules: readonly RuleRecord['actions'][]): void => {
    dataPlane.propagate(listenerArn);
    for (const { targetGroupArn } of rules.flatMap(forwardOf)) targets.targetChanged(targetGroupArn);
    changed();
  };

  return {
    CreateRule: (input: CreateRuleInput): CreateRuleOutput => {
      const listener = listenerOf(context, input.ListenerArn);
      if ((input.Transforms ?? []).length > 0) throw notHere('Transforms of requests');
      const made: RuleRecord = {
        arn: `${listener.arn.replace(':listener/', ':listener-rule/')}/${newId()}`,
        listenerArn: listener.arn,
        priority: checkPriority(listener.arn, input.Priority),
        conditions: checkedConditions(input.Conditions),
        actions: checkedActions(context, input.Actions, listener.loadBalancerArn),
        tags: byKey(input.Tags),
      };
      state.rules.push(made);
      announce(listener.arn, made.actions);
      return { Rules: [describe(made)] };
    },

    DescribeRules: (input: DescribeRulesInput): DescribeRulesOutput => {
      const { RuleArns: arns = [], ListenerArn } = input;
      if (ListenerArn !== undefined) listenerOf(context, ListenerArn);
      else if (arns.length === 0)
        throw validationError('You must specify either listener rule ARNs or a listener ARN');
      const found = state.rules
        .filter(({ arn, listenerArn }) =>
          arns.length === 0 ? listenerArn === ListenerArn : arns.includes(arn),
        )
        .sort((a, b) => order(a) - order(b));
      if (found.length < arns.length) throw notFound('Rule');
      const { items, marker } = paged(found, input);
      return { Rules: items.map(describe), ...marker };
    },

    ModifyRule: (input: ModifyRuleInput): ModifyRuleOutput => {
      const rule = ruleOf(context, input.RuleArn);
      if (rule.priority === 'default') {
        throw new ServiceError('OperationNotPermitted', `Default rule '${rule.arn}' cannot be modified`);
      }
      const listener = listenerOf(context, rule.listenerArn);
      if ((input.Transforms ?? []).length > 0) throw notHere('Transforms of requests');
      const before = rule.actions;
      const conditions =
        input.Conditions === undefined ? rule.conditions : checkedConditions(input.Conditions);
      const actions =
        input.Actions === undefined
          ? rule.actions
          : checkedActions(context, input.Actions, listener.loadBalancerArn);
      Object.assign(rule, { conditions, actions });
      announce(listener.arn, before, actions);
      return { Rules: [describe(rule)] };
    },

    DeleteRule: ({ RuleArn }: DeleteRuleInput): object => {
      const rule = ruleOf(context, RuleArn);
      if (rule.priority === 'default') {
        throw new ServiceError('OperationNotPermitted', `Default rule '${rule.arn}' cannot be deleted`);
      }
      state.rules = state.rules.filter((one) => one !== rule);
      announce(rule.listenerArn, rule.actions);
      return {};
    },

    SetRulePriorities: ({ RulePriorities = [] }: SetRulePrioritiesInput): SetRulePrioritiesOutput => {
      const moved = RulePriorities.map(({ RuleArn, Priority }) => ({
        rule: ruleOf(context, RuleArn),
        Priority,
      }));
      const before = moved.map(({ rule }) => rule.priority);
      // All at once: two rules may change places.
      moved.forEach(({ rule }) => (rule.priority = -1));
      try {
        for (const { rule, Priority } of moved) {
          rule.priority = checkPriority(rule.listenerArn, Priority, rule);
        }
      } catch (error: unknown) {
        moved.forEach(({ rule }, index) => (rule.priority = before[index] ?? rule.priority));
        throw error;
      }
      for (const { rule } of moved) announce(rule.listenerArn);
      return { Rules: moved.map(({ rule }) => describe(rule)) };
    },
  };
}

function order({ priority }: RuleRecord): number {
  return priority === 'default' ? Infinity : priority;
}

function describe({ arn, priority, conditions, actions }: RuleRecord): Rule {
  return {
    RuleArn: arn,
    Priority: String(priority),
    Conditions: conditions,
    Actions: actions,
    IsDefault: priority === 'default',
  };
}
