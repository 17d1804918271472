import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { targetGroupOf, type ElbContext } from '../context.ts';
import { invalidConfiguration, notHere, validationError } from '../errors.ts';
import { forwardOf, loadBalancersOf } from '../model.ts';

const conditionsKnown: ReadonlySet<string> = new Set([
  'path-pattern',
  'host-header',
  'http-header',
  'http-request-method',
  'query-string',
  'source-ip',
]);

/** At most five target groups in a forward action, each with a weight from 0 to 999 (ELB API reference). */
const mostGroups = 5;
const mostWeight = 999;

/**
 * Actions as they are kept: a forward action has its groups with their weights.
 * @throws what AWS throws, and what the rehearsal has not
 */
export function checkedActions(
  context: ElbContext,
  actions: readonly Action[] | undefined,
  loadBalancerArn: string,
): Action[] {
  if (actions === undefined || actions.length === 0)
    throw validationError('At least one action must be specified');
  if (actions.length > 1) throw notHere('More than one action in a rule');
  return actions.map((action) => {
    switch (action.Type) {
      case 'forward':
        return checkedForward(context, action, loadBalancerArn);
      case 'fixed-response':
        if (!/^[245]\d\d$/.test(action.FixedResponseConfig?.StatusCode ?? '')) {
          throw validationError('The status code of a fixed response must be a 2XX, 4XX or 5XX');
        }
        return { Order: 1, ...action };
      case 'redirect':
        if (!['HTTP_301', 'HTTP_302'].includes(action.RedirectConfig?.StatusCode ?? '')) {
          throw validationError('The status code of a redirect must be HTTP_301 or HTTP_302');
        }
        return { Order: 1, ...action };
      default:
        throw notHere(`Actions of the type ${String(action.Type)}`);
    }
  });
}

function checkedForward(context: ElbContext, action: Action, loadBalancerArn: string): Action {
  const groups = forwardOf([action]);
  if (groups.length === 0) throw validationError('A target group must be specified for a forward action');
  if (groups.length > mostGroups)
    throw validationError(`A forward action can have at most ${mostGroups} target groups`);
  if (new Set(groups.map(({ targetGroupArn }) => targetGroupArn)).size < groups.length) {
    throw validationError('A target group can be specified only once in a forward action');
  }
  for (const { targetGroupArn, weight } of groups) {
    targetGroupOf(context, targetGroupArn);
    if (!(Number.isInteger(weight) && weight >= 0 && weight <= mostWeight)) {
      throw validationError(`Weight '${weight}' must be between 0 and ${mostWeight}`);
    }
    const others = loadBalancersOf(context.state, targetGroupArn).filter((arn) => arn !== loadBalancerArn);
    if (others.length > 0) {
      throw invalidConfiguration(
        `The following target groups cannot be associated with more than one load balancer: ${targetGroupArn}`,
      );
    }
  }
  const [only] = groups;
  return {
    Type: 'forward',
    Order: action.Order ?? 1,
    ...(groups.length === 1 && only !== undefined ? { TargetGroupArn: only.targetGroupArn } : {}),
    ForwardConfig: {
      TargetGroups: groups.map(({ targetGroupArn, weight }) => ({
        TargetGroupArn: targetGroupArn,
        Weight: weight,
      })),
      TargetGroupStickinessConfig: action.ForwardConfig?.TargetGroupStickinessConfig ?? { Enabled: false },
    },
  };
}

/** @throws ValidationError, UnsupportedOperation */
export function checkedConditions(conditions: readonly RuleCondition[] | undefined): RuleCondition[] {
  if (conditions === undefined || conditions.length === 0) {
    throw validationError('A rule must have at least one condition');
  }
  for (const { Field = '', ...condition } of conditions) {
    if (!conditionsKnown.has(Field)) {
      throw validationError(
        `Condition field '${Field}' must be one of '[${[...conditionsKnown].join(', ')}]'`,
      );
    }
    const configs = [condition.PathPatternConfig, condition.HostHeaderConfig, condition.HttpHeaderConfig];
    if (condition.RegexValues !== undefined || configs.some((config) => config?.RegexValues !== undefined)) {
      throw notHere('Regular expressions in conditions');
    }
  }
  return conditions.map(withBothForms);
}

/** AWS answers with the older `Values` beside the config of a path or a host. */
function withBothForms(condition: RuleCondition): RuleCondition {
  const values =
    condition.Values ?? condition.PathPatternConfig?.Values ?? condition.HostHeaderConfig?.Values;
  switch (condition.Field) {
    case 'path-pattern':
      return { ...condition, Values: values, PathPatternConfig: { Values: values } };
    case 'host-header':
      return { ...condition, Values: values, HostHeaderConfig: { Values: values } };
    default:
      return condition;
  }
}
