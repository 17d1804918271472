import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { PolicyDocument } from '../../rehearsal/cloud/roles/index.ts';
import { trial, type Trial } from '../../rehearsal/cloud/trial.ts';
import { choosePorts } from '../../rehearsal/ports.ts';
import { provisionLoadBalancer, type LoadBalancerArns } from '../../rehearsal/seed/load-balancer.ts';
import { connectAws } from '../../src/aws/index.ts';
import { policyFor } from '../../src/aws/permissions.ts';
import { environmentOf } from '../../src/ecs/environment.fixture.ts';
import { gather, keysNotKnown, objections } from '../../src/ecs/preflight/index.ts';
import type { Release } from '../../src/ecs/task-definition/build.ts';
import { fakeRunner } from '../../src/github/runner.fake.ts';
import { openRegistry, parseByDigest, registryCredentials } from '../../src/image/index.ts';
import { packImage } from '../../src/image/oci.ts';

const region = 'eu-west-1';
const own = 'arn:aws:iam::000000000000:role';
const tasks = 'ecs-tasks.amazonaws.com';
const environmentVariables = [
  'AWS_ENDPOINT_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
] as const;

describe('before anything is touched', () => {
  let here: Trial;
  let balancer: LoadBalancerArns;
  let image: string;
  let imageForArm: string;
  const before = environmentVariables.map((name) => [name, process.env[name]] as const);

  beforeAll(async () => {
    here = await trial();
    const { client, cloud } = here;
    process.env.AWS_ENDPOINT_URL = cloud.url;
    process.env.AWS_ACCESS_KEY_ID = client.credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = client.credentials.secretAccessKey;
    const { ports } = await choosePorts([
      { name: 'production', preferred: 36_000 + (process.pid % 4_000), required: false },
      { name: 'test', preferred: 40_000 + (process.pid % 4_000), required: false },
    ]);
    balancer = await provisionLoadBalancer(new ElasticLoadBalancingV2Client(client), {
      name: 'shop',
      targetType: 'instance',
      containerPort: 8080,
      health: { path: '/health', intervalMs: 5000, timeoutMs: 2000, healthyAfter: 2, unhealthyAfter: 2 },
      port: ports.production ?? 0,
      testPort: ports.test,
    });
    role('execution', tasks);
    role('traffic', 'ecs.amazonaws.com');
    await new ECSClient(client).send(new CreateClusterCommand({ clusterName: 'shop' }));
    await new CloudWatchLogsClient(client).send(
      new CreateLogGroupCommand({ logGroupName: '/ecs/shop/development' }),
    );
    await new SecretsManagerClient(client).send(
      new CreateSecretCommand({ Name: 'shop/key', SecretString: 'never-read' }),
    );
    await new SSMClient(client).send(
      new PutParameterCommand({ Name: '/shop/flag', Value: 'never-read', Type: 'String' }),
    );
    await alarm('shop-5xx');
    await new ECRClient(client).send(new CreateRepositoryCommand({ repositoryName: 'shop' }));
    image = await push('amd64');
    imageForArm = await push('arm64');
  });
  afterAll(async () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await here.end();
  });

  const role = (name: string, principal: string, allowed?: { action: string; resource: string }): void =>
    here.cloud.roles.put({
      name,
      trust: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: principal } }],
      },
      ...(allowed === undefined
        ? {}
        : {
            permissions: {
              Statement: [{ Effect: 'Allow', Action: allowed.action, Resource: allowed.resource }],
            },
          }),
    });

  const alarm = async (AlarmName: string): Promise<void> => {
    await new CloudWatchClient(here.client).send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: 'AWS/ApplicationELB',
        MetricName: 'HTTPCode_Target_5XX_Count',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
  };

  const push = async (architecture: string): Promise<string> => {
    const content = packImage({
      platform: { os: 'linux', architecture },
      config: {},
      layers: [],
      history: [],
    });
    const reference = `${here.cloud.registryHost}/shop@${content.digest}`;
    const repository = parseByDigest(reference);
    if (repository === undefined) throw new Error(reference);
    const { runner } = fakeRunner();
    await openRegistry({
      repository,
      credentials: () => registryCredentials(new ECRClient(here.client), runner),
    }).push(content);
    return reference;
  };

  /** What is objected to, and the operations that were called for it. */
  const preflight = async (
    reference: string,
    keys: Readonly<Record<string, unknown>>,
  ): Promise<{ what: string[]; remedies: string[]; called: string[]; notes: string[]; all: string }> => {
    const environment = environmentOf(keys);
    const release: Release = {
      image: reference,
      digest: reference.split('@')[1] ?? '',
      version: '1.0.0',
      commit: 'c'.repeat(40),
    };
    const called = new Set<string>();
    const stop = here.cloud.calls.listen((_phase, { operation }) => {
      called.add(operation);
    });
    const { runner } = fakeRunner({ GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '1' });
    const aws = connectAws({ runner, region, role: undefined });
    const gathered = await gather(aws, environment, release, 'shop-development');
    stop();
    expect(aws.awsTime().getTime()).toBeLessThanOrEqual(Date.now());
    const found = objections(gathered, environment, release);
    return {
      what: found.map(({ what }) => what),
      remedies: found.map(({ remedy }) => remedy),
      called: [...called].sort(),
      notes: keysNotKnown(gathered),
      all: JSON.stringify([gathered, found]),
    };
  };

  const keys = (changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
    aws: { region, cluster: 'shop', executionRole: `${own}/execution` },
    secrets: { KEY: { secretsManager: 'shop/key' }, FLAG: { parameter: '/shop/flag' } },
    deploy: { strategy: 'blue-green', alarms: ['shop-5xx'] },
    loadBalancer: {
      targetGroup: balancer.targetGroup,
      alternateTargetGroup: balancer.alternateTargetGroup,
      productionRule: balancer.productionRule,
      testRule: balancer.testRule,
      role: `${own}/traffic`,
    },
    ...changes,
  });

  it('nothing is objected to where all is in order, and all calls read', async () => {
    const { what, called } = await preflight(image, keys());
    expect(what).toEqual([]);
    expect(called).toEqual([
      'BatchGetImage',
      'DescribeAlarms',
      'DescribeClusters',
      'DescribeLogGroups',
      'DescribeParameters',
      'DescribeRules',
      'DescribeSecret',
      'DescribeServices',
      'DescribeTargetGroups',
      'DescribeTargetHealth',
      'DescribeTaskDefinition',
      'GetCallerIdentity',
      'GetDownloadUrlForLayer',
      'GetRole',
      'SimulatePrincipalPolicy',
    ]);
  });

  it('a rolling service that hands nothing over is asked for nothing more than it needs', async () => {
    const { what, called } = await preflight(image, { aws: { region, cluster: 'shop' } });
    expect(what).toEqual([]);
    expect(called).toEqual([
      'BatchGetImage',
      'DescribeClusters',
      'DescribeLogGroups',
      'DescribeServices',
      'DescribeTaskDefinition',
      'GetCallerIdentity',
      'GetDownloadUrlForLayer',
    ]);
  });

  it('everything that is wrong is said at once, and nothing is written', async () => {
    const { client } = here;
    role('blind', tasks, { action: 'secretsmanager:GetSecretValue', resource: '*:secret:bank/*' });
    role('stranger', 'ec2.amazonaws.com');
    await sound('ALARM');
    const elb = new ElasticLoadBalancingV2Client(client);
    const { TargetGroups: [ip] = [] } = await elb.send(
      new CreateTargetGroupCommand({
        Name: 'shop-ip',
        Protocol: 'HTTP',
        Port: 8080,
        VpcId: 'vpc-00000000000000001',
        TargetType: 'ip',
      }),
    );
    await weigh(elb, 50);
    try {
      const { what, called } = await preflight(imageForArm, {
        ...keys({
          aws: {
            region,
            cluster: 'shop',
            role: 'arn:aws:iam::999999999999:role/deploy',
            executionRole: `${own}/blind`,
            taskRole: `${own}/nobody`,
          },
          secrets: {
            KEY: { secretsManager: 'shop/key' },
            OTHER: { secretsManager: 'shop/other' },
            FLAG: { parameter: '/shop/none' },
          },
          deploy: { strategy: 'blue-green', alarms: ['shop-5xx', 'shop-latency'] },
        }),
        loadBalancer: {
          ...(keys().loadBalancer as object),
          role: `${own}/stranger`,
          testRule: balancer.productionRule,
        },
      });
      expect(what).toEqual([
        'The credentials are of the account 000000000000, and the role of development is of 999999999999',
        'The image has no linux/amd64 to run on t3.micro: it has linux/arm64',
        'There is no secret "shop/other" in Secrets Manager in eu-west-1',
        'There is no parameter "/shop/none" in the Parameter Store in eu-west-1',
        `There is no role ${own}/nobody, which ECS is to take for the service to run with`,
        `The role ${own}/stranger does not trust ecs.amazonaws.com, and ECS cannot take it to move the traffic with`,
        expect.stringMatching(
          /^The role arn:aws:iam::000000000000:role\/blind may not secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:000000000000:secret:shop\/key-\w{6}$/,
        ),
        `The production rule ${balancer.productionRule} splits the traffic, 50 % to shop-blue and 50 % to shop-green, and no deployment is doing so`,
        'The test rule is the production rule: users would get what is to be tested',
        'The alarm "shop-5xx" is in ALARM already, and ECS would ignore it for the whole deployment',
        'There is no alarm "shop-latency" in eu-west-1',
      ]);
      expect(called.filter((operation) => !/^(Describe|Get|List|BatchGet|Simulate)/.test(operation))).toEqual(
        [],
      );
      const groups = await preflight(image, {
        ...keys(),
        loadBalancer: {
          ...(keys().loadBalancer as object),
          alternateTargetGroup: ip?.TargetGroupArn,
          productionRule: `${balancer.productionRule}0`,
        },
      });
      expect(groups.what).toContain(
        `The target group ${ip?.TargetGroupArn ?? ''} takes targets of the type ip, and tasks of the network mode bridge are of the type instance`,
      );
      expect(groups.what).toContain(`There is no listener rule ${balancer.productionRule}0`);
      const listener = balancer.productionRule.replace(':listener-rule/', ':listener/');
      const loadBalancer = { ...(keys().loadBalancer as object), targetGroup: 'blue', testRule: listener };
      expect((await preflight(image, { ...keys(), loadBalancer })).what).toEqual([
        'There is no target group blue',
        `The production rule ${balancer.productionRule} forwards to shop-blue, which is none of the two target groups`,
        `There is no listener rule ${listener}`,
        'The alarm "shop-5xx" is in ALARM already, and ECS would ignore it for the whole deployment',
      ]);
    } finally {
      await weigh(elb, 100);
      await sound('OK');
    }
  });

  it('a key that a secret’s JSON lacks is found where the role may read the secret, and no value goes anywhere', async () => {
    const secrets = new SecretsManagerClient(here.client);
    const value = 'never-shown';
    for (const [Name, SecretString] of [
      ['shop/json', JSON.stringify({ user: value, password: value })],
      ['shop/plain', value],
      ['shop/list', JSON.stringify([value])],
      ['shop/empty', undefined],
    ] as const) {
      await secrets.send(
        new CreateSecretCommand({ Name, ...(SecretString === undefined ? {} : { SecretString }) }),
      );
    }
    const keyed = (secret: string, key: string) => ({ secretsManager: `shop/${secret}`, key });
    const all = {
      USER: keyed('json', 'user'),
      PASSWORD: keyed('json', 'password'),
      TOKEN: keyed('json', 'token'),
      PLAIN: keyed('plain', 'user'),
      LIST: keyed('list', '0'),
      EMPTY: keyed('empty', 'user'),
      NONE: keyed('none', 'user'),
    };
    const found = await preflight(image, keys({ secrets: all }));
    expect(found.what).toEqual([
      'There is no secret "shop/none" in Secrets Manager in eu-west-1',
      'The secret "shop/json" has no key "token" in its JSON',
      'The secret "shop/plain" is no JSON object, and its key "user" is to be handed over',
      'The secret "shop/list" is no JSON object, and its key "0" is to be handed over',
      'The secret "shop/empty" has no value in the version whose key "user" is to be handed over',
    ]);
    expect(found.called).toContain('GetSecretValue');
    expect(found.all).not.toContain(value);
    expect(found.notes).toEqual([]);

    try {
      const names = { ACCOUNT: '000000000000', SERVICE: 'shop', CLUSTER: 'shop', ENVIRONMENT: 'development' };
      await become('blind-to-values', policyFor('shifting', { REGION: region, ...names }));
      const blind = await preflight(image, keys({ secrets: { USER: all.USER, TOKEN: all.TOKEN } }));
      expect(blind.what).toEqual([]);
      expect(blind.notes).toHaveLength(2);
      expect(blind.notes[1]).toMatch(/^It is not known whether the secret "shop\/json" has the key "token"/);
    } finally {
      stayOneself();
    }
  });

  it('a permission that the role does not have is named, and the whole policy is enough', async () => {
    const policy = policyFor('shifting', {
      REGION: region,
      ACCOUNT: '000000000000',
      SERVICE: 'shop',
      CLUSTER: 'shop',
      ENVIRONMENT: 'development',
    });
    try {
      await become('whole', policy);
      expect((await preflight(image, keys())).what).toEqual([]);
      await become('lacking', {
        Statement: [
          ...policy.Statement,
          { Effect: 'Deny', Action: ['iam:GetRole', 'elasticloadbalancing:DescribeRules'], Resource: '*' },
        ],
      });
      const { what, remedies } = await preflight(image, keys());
      expect(what).toEqual([
        expect.stringContaining('is not authorized to perform: iam:GetRole'),
        expect.stringContaining('is not authorized to perform: elasticloadbalancing:DescribeRules'),
      ]);
      expect(remedies).toEqual([
        'Allow the role iam:GetRole (docs/adopting.md, "What the role may do")',
        'Allow the role elasticloadbalancing:DescribeRules (docs/adopting.md, "What the role may do")',
      ]);
    } finally {
      stayOneself();
    }
  });

  const stayOneself = (): void => {
    here.cloud.roles.enforced = false;
    process.env.AWS_ACCESS_KEY_ID = here.client.credentials.accessKeyId;
    delete process.env.AWS_SESSION_TOKEN;
  };

  /** From now on the job has the credentials of a role with a policy, which is enforced. */
  const become = async (name: string, permissions: PolicyDocument): Promise<void> => {
    const { cloud, client } = here;
    const account = 'arn:aws:iam::000000000000:root';
    cloud.roles.put({
      name,
      trust: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: account } }] },
      permissions,
    });
    const { Credentials: issued } = await new STSClient(client).send(
      new AssumeRoleCommand({ RoleArn: `${own}/${name}`, RoleSessionName: 'run' }),
    );
    cloud.roles.enforced = true;
    process.env.AWS_ACCESS_KEY_ID = issued?.AccessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = issued?.SecretAccessKey;
    process.env.AWS_SESSION_TOKEN = issued?.SessionToken;
  };

  const sound = async (StateValue: 'ALARM' | 'OK'): Promise<void> => {
    await new CloudWatchClient(here.client).send(
      new SetAlarmStateCommand({ AlarmName: 'shop-5xx', StateValue, StateReason: 'a test' }),
    );
  };

  const weigh = async (elb: ElasticLoadBalancingV2Client, blue: number): Promise<void> => {
    const Actions = [
      {
        Type: 'forward' as const,
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: balancer.targetGroup, Weight: blue },
            { TargetGroupArn: balancer.alternateTargetGroup, Weight: 100 - blue },
          ],
        },
      },
    ];
    await elb.send(new ModifyRuleCommand({ RuleArn: balancer.productionRule, Actions }));
  };
});
