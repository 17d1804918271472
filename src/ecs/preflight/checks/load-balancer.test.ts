import { environmentOf, release } from '../../environment.fixture.ts';
import {
  againstShift,
  balancer,
  blue,
  forwarding,
  good,
  goodShift,
  green,
  healthy,
  ok,
  production,
  shifting,
  test as testRule,
} from '../preflight.fixture.ts';
import { objections } from './index.ts';

const rules = (
  changes: Readonly<Record<string, (typeof goodShift.rules)[string]>>,
): Pick<typeof goodShift, 'rules'> => ({ rules: { ...goodShift.rules, ...changes } });
const whats = (...args: Parameters<typeof againstShift>): string[] =>
  againstShift(...args).map(({ what }) => what);

describe('what speaks against shifting traffic', () => {
  it('is nothing where all is as ECS leaves it', () => {
    expect(againstShift({})).toEqual([]);
    // ECS swaps the sides with each deployment.
    expect(
      againstShift({
        ...rules({ [production]: forwarding([blue, 0], [green, 100]) }),
        targets: { [blue]: ok([]), [green]: healthy },
      }),
    ).toEqual([]);
  });

  it('is nothing before the first deployment, with a rule that names one group alone', () => {
    expect(
      againstShift({
        service: ok(undefined),
        targets: { [blue]: ok([]), [green]: ok([]) },
        ...rules({ [production]: ok({ Actions: [{ Type: 'forward', TargetGroupArn: blue }] }) }),
        targetGroups: {
          ...goodShift.targetGroups,
          [green]: ok({ TargetType: 'instance', VpcId: 'vpc-1', LoadBalancerArns: [] }),
        },
      }),
    ).toEqual([]);
  });

  it.each<[string, Parameters<typeof againstShift>, string, string]>([
    [
      'no target group',
      [{ targetGroups: { ...goodShift.targetGroups, [green]: ok(undefined) } }],
      `There is no target group ${green}`,
      '--target-type instance --vpc-id …, and set environments.development.loadBalancer.alternateTargetGroup',
    ],
    [
      'a target group of addresses, for tasks on instances',
      [
        {
          targetGroups: {
            ...goodShift.targetGroups,
            [green]: ok({ TargetType: 'ip', VpcId: 'vpc-1', LoadBalancerArns: [balancer] }),
          },
        },
      ],
      `The target group ${green} takes targets of the type ip, and tasks of the network mode bridge are of the type instance`,
      'aws elbv2 create-target-group --region eu-west-1',
    ],
    [
      'a target group that no load balancer forwards to',
      [
        {
          targetGroups: {
            ...goodShift.targetGroups,
            [blue]: ok({ TargetType: 'instance', VpcId: 'vpc-1', LoadBalancerArns: [] }),
          },
        },
      ],
      `No load balancer forwards to the target group ${blue}`,
      `TargetGroupArn":"${blue}"`,
    ],
    [
      'target groups behind different load balancers',
      [
        {
          targetGroups: {
            ...goodShift.targetGroups,
            [green]: ok({
              TargetType: 'instance',
              VpcId: 'vpc-1',
              LoadBalancerArns: [balancer.replace('shop', 'bank')],
            }),
          },
        },
      ],
      'The target groups are behind different load balancers',
      'environments.development.loadBalancer',
    ],
    [
      'target groups in different networks',
      [
        {
          targetGroups: {
            ...goodShift.targetGroups,
            [green]: ok({ TargetType: 'instance', VpcId: 'vpc-2', LoadBalancerArns: [balancer] }),
          },
        },
      ],
      'The target groups are in different networks, vpc-1 and vpc-2',
      'environments.development.loadBalancer',
    ],
    [
      'no production rule',
      [rules({ [production]: ok(undefined) })],
      `There is no listener rule ${production}`,
      'environments.development.loadBalancer.productionRule',
    ],
    [
      'a rule that answers by itself',
      [rules({ [production]: ok({ Actions: [{ Type: 'fixed-response' }] }) })],
      `The production rule ${production} does more than forward (fixed-response)`,
      'aws elbv2 modify-rule --region eu-west-1 --rule-arn',
    ],
    [
      'a rule that asks who it is first',
      [
        rules({
          [production]: ok({
            Actions: [{ Type: 'authenticate-oidc' }, { Type: 'forward', TargetGroupArn: blue }],
          }),
        }),
      ],
      `The production rule ${production} does more than forward (authenticate-oidc)`,
      'aws elbv2 modify-rule',
    ],
    [
      'a third target group',
      [rules({ [production]: forwarding([blue, 100], [green.replace('shop-green', 'bank'), 0]) })],
      `The production rule ${production} forwards to bank, which is none of the two target groups`,
      'or mend environments.development.loadBalancer',
    ],
    [
      'weights in between',
      [
        {
          ...rules({ [production]: forwarding([blue, 30], [green, 10]) }),
          targets: { [blue]: ok([]), [green]: healthy },
        },
      ],
      `The production rule ${production} splits the traffic, 75 % to shop-blue and 25 % to shop-green, and no deployment is doing so`,
      // The side that has healthy targets is the one to keep.
      `[{"TargetGroupArn":"${green}","Weight":100},{"TargetGroupArn":"${blue}","Weight":0}]`,
    ],
    [
      'weights of nothing',
      [rules({ [production]: forwarding([blue, 0], [green, 0]) })],
      `The production rule ${production} gives no target group any traffic`,
      `{"TargetGroupArn":"${blue}","Weight":100}`,
    ],
    [
      'a blue that is not healthy',
      [{ targets: { [blue]: ok([{ TargetHealth: { State: 'unhealthy' } }]), [green]: ok([]) } }],
      'Blue is not healthy: none of 1 targets of shop-blue is, and there would be nothing to go back to',
      `aws elbv2 describe-target-health --region eu-west-1 --target-group-arn ${blue}`,
    ],
    [
      'a blue without targets',
      [{ targets: { [blue]: ok([]), [green]: ok([]) } }],
      'Blue is not healthy: the target group shop-blue has no targets, and there would be nothing to go back to',
      'rollback workflow',
    ],
    [
      'a test rule that forwards elsewhere',
      [rules({ [testRule]: forwarding([green.replace('shop-green', 'bank'), 1]) })],
      `The test rule ${testRule} forwards to bank, which is none of the two target groups`,
      'aws elbv2 modify-rule',
    ],
  ])('%s', (_name, args, what, remedy) => {
    const found = againstShift(...args);
    expect(found).toHaveLength(1);
    expect(found[0]?.what).toContain(what);
    expect(found[0]?.remedy).toContain(remedy);
  });

  it('one group in place of two', () => {
    const loadBalancer = { ...shifting().loadBalancer, alternateTargetGroup: blue };
    expect(whats({}, { loadBalancer })).toContain(
      'loadBalancer.targetGroup and loadBalancer.alternateTargetGroup are one and the same',
    );
  });

  it('a test rule that users reach, or that is of another load balancer', () => {
    const { loadBalancer } = shifting();
    expect(whats({}, { loadBalancer: { ...loadBalancer, testRule: production } })).toEqual([
      'The test rule is the production rule: users would get what is to be tested',
    ]);
    const elsewhere = testRule.replace('/shop/1a/', '/bank/9z/');
    expect(whats({}, { loadBalancer: { ...loadBalancer, testRule: elsewhere } })).toEqual([
      `The test rule ${elsewhere} and the production rule ${production} are of different load balancers`,
    ]);
  });

  it('a port of the instance, where blue and green have not an instance each', () => {
    const network = { mode: 'bridge', hostPort: 80 };
    expect(whats({}, { network })).toEqual([
      'Blue and green need 2 instances beside one another, each with a port of its own, and the cluster "shop-dev" has 1',
    ]);
    expect(whats({ cluster: ok({ isActive: true, instances: 2 }) }, { network })).toEqual([]);
  });
});

describe('what a deployment in progress makes of weights, targets and alarms', () => {
  const middle = {
    ...rules({ [production]: forwarding([blue, 90], [green, 10]) }),
    targets: { [blue]: ok([]), [green]: ok([]) },
    alarms: ok([{ name: '5xx', type: 'MetricAlarm' as const, state: 'ALARM' as const }]),
  };
  const keys = { deploy: { strategy: 'blue-green', alarms: ['5xx'] } };

  it('is objected to where there is none', () => {
    expect(whats(middle, keys)).toHaveLength(2);
  });

  it('is its own affair: it is gone on with, or waited for', () => {
    const service = ok({
      ...(goodShift.service.ok ? goodShift.service.value : {}),
      currentServiceDeployment: 'arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop-dev/shop/1',
    });
    expect(whats({ ...middle, service }, keys)).toEqual([]);
  });
});

describe('the way back', () => {
  it('is open where blue is ill and an alarm fires: that is why one goes', () => {
    expect(
      againstShift(
        {
          targets: { [blue]: ok([{ TargetHealth: { State: 'unhealthy' } }]), [green]: ok([]) },
          alarms: ok([{ name: '5xx', type: 'MetricAlarm', state: 'ALARM' }]),
        },
        { deploy: { strategy: 'blue-green', alarms: ['5xx'] } },
        'back',
      ),
    ).toEqual([]);
  });

  it('does not lead through what was edited by hand', () => {
    expect(whats(rules({ [production]: forwarding([blue, 50], [green, 50]) }), {}, 'back')).toHaveLength(1);
  });
});

describe('a rolling service behind a load balancer', () => {
  const environment = environmentOf({ loadBalancer: { targetGroup: blue } });

  it('needs its target group alone', () => {
    const { targetGroups } = goodShift;
    expect(objections({ ...good, targetGroups }, environment, release)).toEqual([]);
    expect(
      objections({ ...good, targetGroups: { [blue]: ok(undefined) } }, environment, release),
    ).toHaveLength(1);
  });

  it('needs a port that is mapped, even with a network of its own', () => {
    const own = { family: 'shop', networkMode: 'awsvpc' as const, containerDefinitions: [{ name: 'shop' }] };
    const keys = { loadBalancer: { targetGroup: blue }, taskDefinition: 'task.json' };
    expect(objections(good, environmentOf(keys), release, own).map(({ what }) => what)).toEqual([
      'The container "shop" of task.json opens no port, and the service listens on 8080',
    ]);
  });
});
