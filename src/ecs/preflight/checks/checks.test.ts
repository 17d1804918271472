import type { PortMapping } from '@aws-sdk/client-ecs';
import { environmentOf, release } from '../../environment.fixture.ts';
import { against, good, ok } from '../preflight.fixture.ts';
import { objections } from './index.ts';

describe('what speaks against a deployment', () => {
  it('is nothing where everything is there', () => {
    expect(against({})).toEqual([]);
    expect(against({ service: ok(undefined) })).toEqual([]);
  });

  it.each<[string, Parameters<typeof against>[0], Readonly<Record<string, unknown>>, string, string]>([
    [
      'credentials of another account',
      { caller: ok({ account: '999999999999', arn: 'arn:aws:sts::999999999999:assumed-role/deploy/run' }) },
      { aws: { region: 'eu-west-1', cluster: 'shop-dev', role: 'arn:aws:iam::123456789012:role/deploy' } },
      'of the account 999999999999, and the role of development is of 123456789012',
      'aws.role',
    ],
    [
      'credentials of another role',
      { caller: ok({ account: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/admin/me' }) },
      { aws: { region: 'eu-west-1', cluster: 'shop-dev', role: 'arn:aws:iam::123456789012:role/ci/deploy' } },
      'those of arn:aws:sts::123456789012:assumed-role/admin/me, and not of the role arn:aws:iam::123456789012:role/ci/deploy',
      'aws.role',
    ],
    [
      'no cluster',
      { cluster: ok({ isActive: false, instances: 0 }) },
      {},
      'no active cluster "shop-dev" in eu-west-1',
      'aws ecs create-cluster --region eu-west-1 --cluster-name shop-dev',
    ],
    [
      'no instance in the cluster',
      { cluster: ok({ isActive: true, instances: 0 }) },
      {},
      'No EC2 instance is registered in the cluster "shop-dev"',
      'ECS_CLUSTER=shop-dev',
    ],
    [
      'a service that is being deleted',
      { service: ok({ status: 'DRAINING', desiredCount: 0 }) },
      {},
      '"shop" is being deleted',
      'another name',
    ],
    [
      'a service of CodeDeploy',
      { service: ok({ status: 'ACTIVE', desiredCount: 1, deploymentController: { type: 'CODE_DEPLOY' } }) },
      {},
      'deployed by CODE_DEPLOY',
      'controller ECS',
    ],
    [
      'a service that is scaled to zero',
      { service: ok({ status: 'ACTIVE', desiredCount: 0 }) },
      {},
      'scaled to zero',
      'aws ecs update-service --region eu-west-1 --cluster shop-dev --service shop --desired-count 1',
    ],
    [
      'a service that would be created with no task',
      { service: ok(undefined) },
      { compute: { instance: 't3.micro', count: 0 } },
      'would be created with no task',
      'environments.development.compute.count',
    ],
    ['no image', { image: ok(undefined) }, {}, release.image, 'Build Image'],
    [
      'no log group',
      { logGroup: ok(false) },
      {},
      'no log group /ecs/shop/development',
      'aws logs create-log-group --region eu-west-1 --log-group-name /ecs/shop/development',
    ],
    [
      'no secret',
      { secrets: { 'shop/key': ok(undefined) } },
      {},
      'no secret "shop/key"',
      'aws secretsmanager create-secret --region eu-west-1 --name shop/key',
    ],
    [
      'no role to read secrets with',
      {},
      { secrets: { KEY: { parameter: '/shop/key' } } },
      'no role for ECS to read them with',
      'environments.development.aws.executionRole',
    ],
    [
      'no role on Fargate',
      {},
      { compute: {}, network: { subnets: ['subnet-0a1b2c3d'] } },
      'no role for ECS to pull the image',
      'environments.development.aws.executionRole',
    ],
    ['no front door', {}, { url: undefined }, 'cannot be proven', 'environments.development.url'],
    [
      'no parameter',
      { parameters: { '/shop/key': ok(undefined) } },
      {},
      'no parameter "/shop/key" in the Parameter Store in eu-west-1',
      'aws ssm put-parameter --region eu-west-1 --name /shop/key --type SecureString',
    ],
    [
      'an alarm that is not there',
      {},
      { deploy: { alarms: ['5xx'] } },
      'no alarm "5xx" in eu-west-1',
      'aws cloudwatch put-metric-alarm --region eu-west-1 --alarm-name 5xx',
    ],
    [
      'an alarm that fires already',
      { alarms: ok([{ name: '5xx', type: 'MetricAlarm', state: 'ALARM' }]) },
      { deploy: { alarms: ['5xx'] } },
      '"5xx" is in ALARM already',
      'aws cloudwatch describe-alarm-history --region eu-west-1 --alarm-name 5xx',
    ],
  ])('%s', (_name, changes, keys, what, remedy) => {
    const found = against(changes, keys);
    expect(found).toHaveLength(1);
    expect(found[0]?.what).toContain(what);
    expect(found[0]?.remedy).toContain(remedy);
  });

  it('a front door that is no address', () => {
    const environment = { ...environmentOf(), url: 'shop.example.org' };
    expect(objections(good, environment, release)).toEqual([
      {
        what: '"shop.example.org" is no address that can be asked',
        remedy: 'Set environments.development.url in sluice.yml to one such as https://example.org',
      },
    ]);
  });

  describe('in a task definition of the user’s own', () => {
    const environment = environmentOf({ taskDefinition: 'task.json' }, { port: 3000 });
    const opening = (networkMode: 'awsvpc' | 'bridge', portMappings: PortMapping[]): string[] =>
      objections(good, environment, release, {
        family: 'shop',
        networkMode,
        containerDefinitions: [
          { name: 'proxy', portMappings: [{ containerPort: 80 }] },
          { name: 'shop', portMappings },
        ],
      }).map(({ what }) => what);

    it('another port than the service listens on', () => {
      expect(opening('bridge', [{ containerPort: 8080 }, { containerPort: 9090 }])).toEqual([
        'The container "shop" of task.json opens port 8080, 9090, and the service listens on 3000',
      ]);
    });

    it('no port, where tasks share the instance’s network', () => {
      expect(opening('bridge', [])).toEqual([
        'The container "shop" of task.json opens no port, and the service listens on 3000',
      ]);
      expect(opening('awsvpc', [])).toEqual([]);
    });

    it('nothing, where the port is opened by itself or in a range', () => {
      expect(opening('bridge', [{ containerPort: 9090 }, { containerPort: 3000, hostPort: 0 }])).toEqual([]);
      expect(opening('awsvpc', [{ containerPortRange: '2000-4000' }])).toEqual([]);
    });
  });

  it('is said all at once', () => {
    const found = against(
      {
        cluster: ok({ isActive: false, instances: 0 }),
        service: ok(undefined),
        image: ok(undefined),
        logGroup: ok(false),
        secrets: { 'shop/a': ok(undefined), 'shop/b': ok(undefined) },
      },
      {
        url: undefined,
        compute: {},
        network: { subnets: ['subnet-0a1b2c3d'] },
        deploy: { alarms: ['5xx'] },
      },
    );
    expect(found).toHaveLength(8);
  });

  it('names the permission that is missing, and says the same refusal once', () => {
    const denied = Object.assign(
      new Error('User: arn is not authorized to perform: ecs:DescribeServices on resource: *'),
      { name: 'AccessDeniedException' },
    );
    const refused = { ok: false as const, error: denied };
    const found = against({ service: refused, latest: refused });
    expect(found.map(({ what }) => what)).toEqual([denied.message]);
    expect(found[0]?.remedy).toContain('Allow the role ecs:DescribeServices');
  });

  it('says which call could not be made where AWS does not answer', () => {
    const gone = {
      ok: false as const,
      error: new Error('getaddrinfo ENOTFOUND ecs.eu-west-1.amazonaws.com'),
    };
    const found = against({ cluster: gone });
    expect(found.map(({ what }) => what)).toEqual([gone.error.message]);
    expect(found[0]?.remedy).toContain('ecs:DescribeClusters');
  });
});
