import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ModifyListenerCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  type CreateListenerCommandInput,
  type Listener,
} from '@aws-sdk/client-elastic-load-balancing-v2';

/** A load balancer as an environment of sluice.yml wants it. */
export interface WantedLoadBalancer {
  /** At most 26 characters: the target groups' names are longer by six, and 32 are allowed. */
  readonly name: string;
  readonly targetType: 'instance' | 'ip';
  readonly containerPort: number;
  readonly health: {
    readonly path: string;
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly healthyAfter: number;
    readonly unhealthyAfter: number;
  };
  readonly port: number;
  /** With a second target group and a test listener at this port; without, there is one group. */
  readonly testPort: number | undefined;
  /** The ARN of the certificate with which it speaks TLS; plain HTTP without. */
  readonly certificate?: string | undefined;
}

export interface LoadBalancerArns {
  readonly loadBalancer: string;
  readonly targetGroup: string;
  readonly alternateTargetGroup: string | undefined;
  readonly productionRule: string;
  readonly testRule: string | undefined;
}

/** How long a target that leaves may finish what it has begun, in seconds of the cloud's time. */
const drainSeconds = 120;

/** Makes a load balancer as AWS wants it done. What is there already is brought to what is wanted. */
export async function provisionLoadBalancer(
  elb: ElasticLoadBalancingV2Client,
  wanted: WantedLoadBalancer,
): Promise<LoadBalancerArns> {
  const loadBalancer = await loadBalancerOf(elb, wanted.name);
  const isShifting = wanted.testPort !== undefined;
  const blue = await targetGroupOf(elb, `${wanted.name}-blue`, wanted);
  const green = isShifting ? await targetGroupOf(elb, `${wanted.name}-green`, wanted) : undefined;
  const listeners = await listenersOf(elb, loadBalancer);
  // ECS takes a pair of groups only where the rule names both.
  const groups = green === undefined ? [blue] : [blue, green];
  const listen = (purpose: Purpose, port: number): Promise<string> =>
    ruleOf(elb, { loadBalancer, listeners, groups, certificate: wanted.certificate }, purpose, port);
  const productionRule = await listen('production', wanted.port);
  const testRule = wanted.testPort === undefined ? undefined : await listen('test', wanted.testPort);
  return {
    loadBalancer,
    targetGroup: blue,
    alternateTargetGroup: green,
    productionRule,
    testRule,
  };
}

async function loadBalancerOf(elb: ElasticLoadBalancingV2Client, name: string): Promise<string> {
  // A repeated call with the same settings answers what is there.
  const { LoadBalancers: [made] = [] } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: name,
      Type: 'application',
      Scheme: 'internet-facing',
      Subnets: ['subnet-00000000000000001', 'subnet-00000000000000002'],
    }),
  );
  return made?.LoadBalancerArn ?? '';
}

async function targetGroupOf(
  elb: ElasticLoadBalancingV2Client,
  name: string,
  { targetType, containerPort, health }: WantedLoadBalancer,
): Promise<string> {
  const check = {
    HealthCheckPath: health.path,
    HealthCheckIntervalSeconds: Math.min(300, Math.max(5, Math.round(health.intervalMs / 1000))),
    HealthCheckTimeoutSeconds: Math.min(120, Math.max(2, Math.round(health.timeoutMs / 1000))),
    HealthyThresholdCount: Math.min(10, Math.max(2, health.healthyAfter)),
    UnhealthyThresholdCount: Math.min(10, Math.max(2, health.unhealthyAfter)),
  };
  const existing = await elb
    .send(new DescribeTargetGroupsCommand({ Names: [name] }))
    .then(({ TargetGroups: [group] = [] }) => group?.TargetGroupArn)
    .catch((error: unknown) => {
      if ((error as { name?: unknown }).name === 'TargetGroupNotFoundException') return undefined;
      throw error;
    });
  if (existing !== undefined) {
    await elb.send(new ModifyTargetGroupCommand({ TargetGroupArn: existing, ...check }));
    return existing;
  }
  const { TargetGroups: [made] = [] } = await elb.send(
    new CreateTargetGroupCommand({
      Name: name,
      Protocol: 'HTTP',
      Port: containerPort,
      VpcId: 'vpc-00000000000000001',
      TargetType: targetType,
      ...check,
    }),
  );
  const arn = made?.TargetGroupArn ?? '';
  await elb.send(
    new ModifyTargetGroupAttributesCommand({
      TargetGroupArn: arn,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: String(drainSeconds) }],
    }),
  );
  return arn;
}

type Purpose = 'production' | 'test';
const purposeTag = 'sluice:listener';

/** The listeners that are there already, by what they are for: after a restart their ports may be others. */
async function listenersOf(
  elb: ElasticLoadBalancingV2Client,
  loadBalancer: string,
): Promise<ReadonlyMap<string | undefined, Listener>> {
  const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancer }));
  const arns = Listeners.flatMap(({ ListenerArn }) => (ListenerArn === undefined ? [] : [ListenerArn]));
  if (arns.length === 0) return new Map();
  const { TagDescriptions = [] } = await elb.send(new DescribeTagsCommand({ ResourceArns: arns }));
  return new Map(
    Listeners.map((listener) => {
      const tags = TagDescriptions.find(({ ResourceArn }) => ResourceArn === listener.ListenerArn)?.Tags;
      return [tags?.find(({ Key }) => Key === purposeTag)?.Value, listener];
    }),
  );
}

/** What the listeners of a load balancer have in common. */
interface Listening {
  readonly loadBalancer: string;
  readonly listeners: ReadonlyMap<string | undefined, Listener>;
  readonly groups: readonly string[];
  readonly certificate: string | undefined;
}

/** TLS 1.2 and 1.3: what the console recommends for new listeners. */
const sslPolicy = 'ELBSecurityPolicy-TLS13-1-2-2021-06';

/**
 * A listener at a port, with one rule for every path: ECS moves a rule's weights. Everything goes to the first group.
 * @returns the rule's ARN
 */
async function ruleOf(
  elb: ElasticLoadBalancingV2Client,
  { loadBalancer, listeners, groups, certificate }: Listening,
  purpose: Purpose,
  port: number,
): Promise<string> {
  const speaks: Pick<CreateListenerCommandInput, 'Protocol' | 'Certificates' | 'SslPolicy'> =
    certificate === undefined
      ? { Protocol: 'HTTP' }
      : { Protocol: 'HTTPS', Certificates: [{ CertificateArn: certificate }], SslPolicy: sslPolicy };
  const existing = listeners.get(purpose);
  if (existing?.ListenerArn !== undefined) {
    // A state from before may have another port, or no TLS.
    if (existing.Port !== port || existing.Protocol !== speaks.Protocol) {
      await elb.send(new ModifyListenerCommand({ ListenerArn: existing.ListenerArn, Port: port, ...speaks }));
    }
    const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn: existing.ListenerArn }));
    return Rules.find(({ IsDefault }) => IsDefault !== true)?.RuleArn ?? '';
  }
  const { Listeners: [made] = [] } = await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: loadBalancer,
      ...speaks,
      Port: port,
      Tags: [{ Key: purposeTag, Value: purpose }],
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    }),
  );
  const { Rules: [rule] = [] } = await elb.send(
    new CreateRuleCommand({
      ListenerArn: made?.ListenerArn ?? '',
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['*'] } }],
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: groups.map((arn, index) => ({
              TargetGroupArn: arn,
              Weight: index === 0 ? 100 : 0,
            })),
          },
        },
      ],
    }),
  );
  return rule?.RuleArn ?? '';
}
