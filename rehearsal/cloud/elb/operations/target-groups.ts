import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
  DeleteTargetGroupInput,
  DeregisterTargetsInput,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
  ModifyTargetGroupInput,
  ModifyTargetGroupOutput,
  RegisterTargetsInput,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ServiceError, type Call } from '../../wire/service.ts';
import { byKey } from '../../wire/tags.ts';
import { arnOf, checkName, newId, paged, targetGroupOf, type ElbContext } from '../context.ts';
import { notFound, notHere, resourceInUse, validationError } from '../errors.ts';
import { loadBalancersOf, type ElbState, type HealthCheck, type TargetGroupRecord } from '../model.ts';

/** AWS's defaults of the attributes that the data plane knows. */
const defaults = {
  'deregistration_delay.timeout_seconds': '300',
  'stickiness.enabled': 'false',
  'stickiness.type': 'lb_cookie',
  'stickiness.lb_cookie.duration_seconds': '86400',
  'load_balancing.algorithm.type': 'round_robin',
};

export function targetGroupOperations(context: ElbContext) {
  const { state, targets, dataPlane, changed } = context;
  return {
    CreateTargetGroup: (input: CreateTargetGroupInput, call: Call): CreateTargetGroupOutput => {
      const { Name = '', Protocol = 'HTTP', Port, VpcId = '', TargetType = 'instance' } = input;
      checkName('Target group', Name);
      if (TargetType !== 'instance' && TargetType !== 'ip')
        throw notHere(`Targets of the type ${TargetType}`);
      if (Protocol !== 'HTTP') throw notHere(`Target groups with the protocol ${Protocol}`);
      if ((input.ProtocolVersion ?? 'HTTP1') !== 'HTTP1')
        throw notHere(`Target groups with the protocol version ${String(input.ProtocolVersion)}`);
      if (Port === undefined) throw validationError('A port must be specified');
      if (Port < 1 || Port > 65_535)
        throw validationError(
          `1 validation error detected: Value '${Port}' at 'port' failed to satisfy constraint: Member must have value ${Port < 1 ? 'greater than or equal to 1' : 'less than or equal to 65535'}`,
        );
      if (VpcId === '') throw validationError('A VPC ID must be specified');
      const healthCheck = healthCheckOf(input, {
        path: '/',
        port: 'traffic-port',
        intervalSeconds: 30,
        timeoutSeconds: 5,
        healthyThreshold: 5,
        unhealthyThreshold: 2,
        matcher: '200',
      });
      const existing = state.targetGroups.find(({ name }) => name === Name);
      if (existing !== undefined) {
        const isSame =
          existing.port === Port &&
          existing.targetType === TargetType &&
          existing.vpcId === VpcId &&
          JSON.stringify(existing.healthCheck) === JSON.stringify(healthCheck);
        if (isSame) return { TargetGroups: [describe(state, existing)] };
        throw new ServiceError(
          'DuplicateTargetGroupName',
          `A target group with the same name '${Name}' exists, but with different settings`,
        );
      }
      const made: TargetGroupRecord = {
        arn: arnOf(call, `targetgroup/${Name}/${newId()}`),
        name: Name,
        port: Port,
        vpcId: VpcId,
        targetType: TargetType,
        healthCheck,
        attributes: { ...defaults },
        targets: [],
        tags: byKey(input.Tags),
      };
      state.targetGroups.push(made);
      changed();
      return { TargetGroups: [describe(state, made)] };
    },

    DescribeTargetGroups: (input: DescribeTargetGroupsInput): DescribeTargetGroupsOutput => {
      const { TargetGroupArns: arns = [], Names: names = [], LoadBalancerArn } = input;
      const found = state.targetGroups.filter(
        ({ arn, name }) =>
          (arns.length === 0 || arns.includes(arn)) &&
          (names.length === 0 || names.includes(name)) &&
          (LoadBalancerArn === undefined || loadBalancersOf(state, arn).includes(LoadBalancerArn)),
      );
      if (found.length < Math.max(arns.length, names.length)) throw notFound('TargetGroup');
      const { items, marker } = paged(found, input);
      return { TargetGroups: items.map((group) => describe(state, group)), ...marker };
    },

    ModifyTargetGroup: (input: ModifyTargetGroupInput): ModifyTargetGroupOutput => {
      const group = targetGroupOf(context, input.TargetGroupArn);
      group.healthCheck = healthCheckOf(input, group.healthCheck);
      changed();
      return { TargetGroups: [describe(state, group)] };
    },

    DeleteTargetGroup: ({ TargetGroupArn = '' }: DeleteTargetGroupInput): object => {
      if (loadBalancersOf(state, TargetGroupArn).length > 0) {
        throw resourceInUse(`Target group '${TargetGroupArn}' is currently in use by a listener or a rule`);
      }
      const group = state.targetGroups.find(({ arn }) => arn === TargetGroupArn);
      for (const target of group?.targets ?? []) dataPlane.forget(TargetGroupArn, target);
      state.targetGroups = state.targetGroups.filter((one) => one !== group);
      changed();
      return {};
    },

    RegisterTargets: (input: RegisterTargetsInput): object => {
      const group = targetGroupOf(context, input.TargetGroupArn);
      const wanted = targetsIn(input, group);
      for (const { id } of wanted) {
        const isInstance = /^i-[0-9a-f]{8,17}$/.test(id);
        if (group.targetType === 'instance' && !isInstance) {
          throw new ServiceError('InvalidTarget', `The following targets are not valid instances: '${id}'`);
        }
        if (group.targetType === 'ip' && id !== '127.0.0.1') {
          throw new ServiceError(
            'InvalidTarget',
            `The IP address '${id}' is not within the VPC: here all targets are at 127.0.0.1`,
          );
        }
      }
      for (const target of wanted) targets.register(group.arn, target);
      return {};
    },

    DeregisterTargets: (input: DeregisterTargetsInput): object => {
      const group = targetGroupOf(context, input.TargetGroupArn);
      for (const target of targetsIn(input, group)) targets.deregister(group.arn, target);
      return {};
    },

    DescribeTargetHealth: (input: DescribeTargetHealthInput): DescribeTargetHealthOutput => {
      const group = targetGroupOf(context, input.TargetGroupArn);
      const all = targets.targetHealth(group.arn);
      const wanted = input.Targets === undefined ? undefined : targetsIn(input, group);
      const shown =
        wanted === undefined
          ? all
          : wanted.map(
              ({ id, port }) =>
                all.find((one) => one.id === id && one.port === port) ?? {
                  id,
                  port,
                  state: 'unused' as const,
                  reason: 'Target.NotRegistered',
                  description: 'Target is not registered to the target group',
                },
            );
      return {
        TargetHealthDescriptions: shown.map(({ id, port, state: health, reason, description }) => ({
          Target: { Id: id, Port: port },
          HealthCheckPort: group.healthCheck.port === 'traffic-port' ? String(port) : group.healthCheck.port,
          TargetHealth: {
            State: health,
            ...(reason === undefined ? {} : { Reason: reason as never }),
            ...(description === undefined ? {} : { Description: description }),
          },
        })),
      };
    },

    DescribeTargetGroupAttributes: (
      input: DescribeTargetGroupAttributesInput,
    ): DescribeTargetGroupAttributesOutput => ({
      Attributes: asList(targetGroupOf(context, input.TargetGroupArn).attributes),
    }),

    ModifyTargetGroupAttributes: (
      input: ModifyTargetGroupAttributesInput,
    ): ModifyTargetGroupAttributesOutput => {
      const group = targetGroupOf(context, input.TargetGroupArn);
      for (const { Key = '', Value = '' } of input.Attributes ?? []) {
        if (!(Key in defaults)) throw notHere(`The target group attribute ${Key}`);
        if (Key === 'load_balancing.algorithm.type' && Value !== 'round_robin')
          throw notHere(`The algorithm ${Value}`);
        if (Key === 'stickiness.type' && Value !== 'lb_cookie')
          throw notHere(`Stickiness of the type ${Value}`);
        if (Key === 'deregistration_delay.timeout_seconds' && !isWithin(Value, 0, 3600)) {
          throw validationError(
            `'${Value}' is not a valid value for '${Key}': it must be between 0 and 3600`,
          );
        }
      }
      group.attributes = { ...group.attributes, ...byKey(input.Attributes) };
      changed();
      return { Attributes: asList(group.attributes) };
    },
  };
}

type HealthCheckInput = Pick<
  CreateTargetGroupInput,
  | 'HealthCheckPath'
  | 'HealthCheckPort'
  | 'HealthCheckProtocol'
  | 'HealthCheckIntervalSeconds'
  | 'HealthCheckTimeoutSeconds'
  | 'HealthyThresholdCount'
  | 'UnhealthyThresholdCount'
  | 'Matcher'
  | 'HealthCheckEnabled'
>;

/** @throws ValidationError outside AWS's ranges */
function healthCheckOf(input: HealthCheckInput, before: HealthCheck): HealthCheck {
  if ((input.HealthCheckProtocol ?? 'HTTP') !== 'HTTP')
    throw notHere(`Health checks over ${String(input.HealthCheckProtocol)}`);
  if (input.HealthCheckEnabled === false)
    throw validationError('Health check enabled must be true for target groups with target type');
  const after: HealthCheck = {
    path: input.HealthCheckPath ?? before.path,
    port: input.HealthCheckPort ?? before.port,
    intervalSeconds: input.HealthCheckIntervalSeconds ?? before.intervalSeconds,
    timeoutSeconds: input.HealthCheckTimeoutSeconds ?? before.timeoutSeconds,
    healthyThreshold: input.HealthyThresholdCount ?? before.healthyThreshold,
    unhealthyThreshold: input.UnhealthyThresholdCount ?? before.unhealthyThreshold,
    matcher: input.Matcher?.HttpCode ?? before.matcher,
  };
  const ranges: readonly (readonly [name: string, value: number, least: number, most: number])[] = [
    ['Health check interval', after.intervalSeconds, 5, 300],
    ['Health check timeout', after.timeoutSeconds, 2, 120],
    ['Healthy threshold count', after.healthyThreshold, 2, 10],
    ['Unhealthy threshold count', after.unhealthyThreshold, 2, 10],
  ];
  for (const [name, value, least, most] of ranges) {
    if (!(value >= least && value <= most)) {
      throw validationError(`${name} '${value}' must be between ${least} and ${most}`);
    }
  }
  if (after.timeoutSeconds >= after.intervalSeconds) {
    throw validationError('Health check timeout must be smaller than the interval');
  }
  if (!/^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/.test(after.matcher)) {
    throw validationError(
      `Health check matcher HTTP code '${after.matcher}' must be within '200-499' inclusive`,
    );
  }
  return after;
}

function targetsIn(
  { Targets }: { Targets?: { Id: string | undefined; Port?: number | undefined }[] | undefined },
  group: TargetGroupRecord,
): { id: string; port: number }[] {
  return (Targets ?? []).map(({ Id = '', Port = group.port }) => ({ id: Id, port: Port }));
}

function isWithin(value: string, least: number, most: number): boolean {
  return /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most;
}

function asList(attributes: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
}

function describe(state: ElbState, group: TargetGroupRecord): TargetGroup {
  const { healthCheck } = group;
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: 'HTTP',
    ProtocolVersion: 'HTTP1',
    Port: group.port,
    VpcId: group.vpcId,
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: healthCheck.port,
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: healthCheck.intervalSeconds,
    HealthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
    HealthyThresholdCount: healthCheck.healthyThreshold,
    UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
    HealthCheckPath: healthCheck.path,
    Matcher: { HttpCode: healthCheck.matcher },
    LoadBalancerArns: loadBalancersOf(state, group.arn),
    TargetType: group.targetType,
    IpAddressType: 'ipv4',
  };
}
