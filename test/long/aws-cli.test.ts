import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { freePort } from '../../rehearsal/cloud/elb/testing/target.ts';
import { trial, type Trial } from '../../rehearsal/cloud/trial.ts';
import { openAuthority } from '../../rehearsal/seed/authority.ts';

/**
 * The AWS CLI, which nobody here wrote, asks every operation that the rehearsal's cloud has. It runs where `aws` is
 * on PATH, or where AWS_CLI names it.
 */
const run = promisify(execFile);
const aws = process.env.AWS_CLI ?? 'aws';
const version = await run(aws, ['--version']).then(
  ({ stdout }) => stdout.trim(),
  (error: unknown) => {
    console.log(
      `Skipped: the AWS CLI does not run (${String(error)}). Install awscli, or name it in AWS_CLI.`,
    );
    return undefined;
  },
);

type Json = Record<string, unknown>;

/** The CLI takes the better part of a second to start. */
const patienceMs = 180_000;
const account = '000000000000';
const roleArn = `arn:aws:iam::${account}:role/execution`;

let here: Trial;
let issuer: Server;
let token: string;
const asked = new Set<string>();

beforeAll(async () => {
  here = await trial();
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' };
  issuer = createServer((_request, response) => void response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  here.cloud.trust({ issuer: url, jwksUri: url, audiences: ['sts.amazonaws.com'] });
  token = await new SignJWT({ sub: 'cli', aud: 'sts.amazonaws.com', iss: url })
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setExpirationTime('5m')
    .sign(privateKey);
  here.cloud.roles.put({
    name: 'execution',
    trust: {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
          Principal: {
            AWS: `arn:aws:iam::${account}:root`,
            Federated: `arn:aws:iam::${account}:oidc-provider/${url.replace('http://', '')}`,
            Service: 'ecs-tasks.amazonaws.com',
          },
        },
      ],
    },
  });
});
afterAll(async () => {
  issuer.close();
  await here.end();
});

/** `aws <service> <operation>` with an input as JSON. @returns the parsed output */
async function cli(service: string, operation: string, input: Json = {}): Promise<Json> {
  asked.add(`${service}.${operation}`);
  const command = operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  const { accessKeyId, secretAccessKey } = here.client.credentials;
  const { stdout } = await run(
    aws,
    [service, command, '--cli-input-json', JSON.stringify(input), '--output', 'json', '--no-paginate'],
    {
      env: {
        PATH: process.env.PATH,
        HOME: tmpdir(),
        AWS_ENDPOINT_URL: here.cloud.url,
        AWS_DEFAULT_REGION: here.client.region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_MAX_ATTEMPTS: '1',
      },
    },
  );
  return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Json);
}

async function refusal(service: string, operation: string, input: Json = {}): Promise<string> {
  return cli(service, operation, input).then(
    () => 'no refusal',
    (error: unknown) => (error as { stderr?: string }).stderr ?? String(error),
  );
}

const given = version === undefined ? describe.skip : describe;

given(`with ${version ?? 'no AWS CLI'}`, () => {
  test(
    'sts',
    async () => {
      expect(await cli('sts', 'GetCallerIdentity')).toMatchObject({ Account: account });
      const assumed = { AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/execution/cli` } };
      const role = { RoleArn: roleArn, RoleSessionName: 'cli' };
      expect(await cli('sts', 'AssumeRole', role)).toMatchObject(assumed);
      expect(
        await cli('sts', 'AssumeRoleWithWebIdentity', { ...role, WebIdentityToken: token }),
      ).toMatchObject({ ...assumed, SubjectFromWebIdentityToken: 'cli' });
      expect(await refusal('sts', 'AssumeRole', { ...role, RoleArn: `${roleArn}x` })).toContain(
        '(AccessDenied) when calling the AssumeRole operation',
      );
    },
    patienceMs,
  );

  test(
    'secretsmanager',
    async () => {
      const SecretId = 'cli/key';
      const { ARN } = await cli('secretsmanager', 'CreateSecret', { Name: SecretId, SecretString: 'one' });
      const put = await cli('secretsmanager', 'PutSecretValue', { SecretId, SecretString: 'two' });
      expect(await cli('secretsmanager', 'GetSecretValue', { SecretId })).toMatchObject({
        ARN,
        SecretString: 'two',
        VersionStages: ['AWSCURRENT'],
      });
      const versions = await cli('secretsmanager', 'ListSecretVersionIds', { SecretId });
      expect(versions.Versions).toHaveLength(2);
      const previous = (versions.Versions as { VersionId: string }[]).find(
        ({ VersionId }) => VersionId !== put.VersionId,
      );
      await cli('secretsmanager', 'UpdateSecretVersionStage', {
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: previous!.VersionId,
        RemoveFromVersionId: put.VersionId,
      });
      await cli('secretsmanager', 'UpdateSecret', { SecretId, Description: 'described' });
      await cli('secretsmanager', 'TagResource', { SecretId, Tags: [{ Key: 'a', Value: '1' }] });
      expect(await cli('secretsmanager', 'DescribeSecret', { SecretId })).toMatchObject({
        Description: 'described',
        Tags: [{ Key: 'a', Value: '1' }],
      });
      await cli('secretsmanager', 'UntagResource', { SecretId, TagKeys: ['a'] });
      expect(await cli('secretsmanager', 'ListSecrets')).toMatchObject({ SecretList: [{ Name: SecretId }] });
      await cli('secretsmanager', 'DeleteSecret', { SecretId });
      expect(await refusal('secretsmanager', 'GetSecretValue', { SecretId })).toContain(
        '(InvalidRequestException)',
      );
      await cli('secretsmanager', 'RestoreSecret', { SecretId });
    },
    patienceMs,
  );

  test(
    'iam',
    async () => {
      expect(await cli('iam', 'GetRole', { RoleName: 'execution' })).toMatchObject({
        Role: { Arn: roleArn, AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow' }] } },
      });
      expect(await refusal('iam', 'GetRole', { RoleName: 'nobody' })).toContain('(NoSuchEntity)');
      const asks = { PolicySourceArn: roleArn, ActionNames: ['ssm:GetParameters'], ResourceArns: ['*'] };
      expect(await cli('iam', 'SimulatePrincipalPolicy', asks)).toMatchObject({
        EvaluationResults: [{ EvalActionName: 'ssm:GetParameters', EvalDecision: 'allowed' }],
      });
    },
    patienceMs,
  );

  test(
    'ssm',
    async () => {
      const Name = '/cli/key';
      await cli('ssm', 'PutParameter', { Name, Value: 'one', Type: 'SecureString' });
      expect(await cli('ssm', 'GetParameter', { Name, WithDecryption: true })).toMatchObject({
        Parameter: { Name, Value: 'one', Version: 1 },
      });
      expect(await cli('ssm', 'GetParameters', { Names: [Name, '/cli/none'] })).toMatchObject({
        Parameters: [{ Name, Type: 'SecureString' }],
        InvalidParameters: ['/cli/none'],
      });
      expect(await cli('ssm', 'DescribeParameters')).toMatchObject({ Parameters: [{ Name }] });
      await cli('ssm', 'DeleteParameter', { Name });
      expect(await refusal('ssm', 'GetParameter', { Name })).toContain('(ParameterNotFound)');
    },
    patienceMs,
  );

  test(
    'logs',
    async () => {
      const logGroupName = '/cli';
      const stream = { logGroupName, logStreamName: 's' };
      await cli('logs', 'CreateLogGroup', { logGroupName });
      await cli('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays: 7 });
      const { logGroups } = await cli('logs', 'DescribeLogGroups');
      expect(logGroups).toMatchObject([{ logGroupName, retentionInDays: 7 }]);
      await cli('logs', 'DeleteRetentionPolicy', { logGroupName });
      const [{ logGroupArn: resourceArn }] = logGroups as [{ logGroupArn: string }];
      await cli('logs', 'TagResource', { resourceArn, tags: { a: '1' } });
      expect(await cli('logs', 'ListTagsForResource', { resourceArn })).toEqual({ tags: { a: '1' } });
      await cli('logs', 'UntagResource', { resourceArn, tagKeys: ['a'] });
      await cli('logs', 'CreateLogStream', stream);
      await cli('logs', 'PutLogEvents', {
        ...stream,
        logEvents: [{ timestamp: Date.now(), message: 'ERROR one' }],
      });
      expect(await cli('logs', 'DescribeLogStreams', { logGroupName })).toMatchObject({
        logStreams: [{ logStreamName: 's' }],
      });
      expect(await cli('logs', 'GetLogEvents', stream)).toMatchObject({ events: [{ message: 'ERROR one' }] });
      expect(await cli('logs', 'FilterLogEvents', { logGroupName, filterPattern: 'ERROR' })).toMatchObject({
        events: [{ message: 'ERROR one', logStreamName: 's' }],
      });
      await cli('logs', 'DeleteLogStream', stream);
      await cli('logs', 'DeleteLogGroup', { logGroupName });
      expect(await refusal('logs', 'DeleteLogGroup', { logGroupName })).toContain(
        '(ResourceNotFoundException)',
      );
    },
    patienceMs,
  );

  test(
    'ecr',
    async () => {
      const repositoryName = 'cli/app';
      const { repository } = await cli('ecr', 'CreateRepository', { repositoryName });
      const { repositoryArn: resourceArn, repositoryUri } = repository as Record<string, string>;
      expect(repositoryUri).toBe(`${here.cloud.registryHost}/${repositoryName}`);
      await cli('ecr', 'TagResource', { resourceArn, tags: [{ Key: 'a', Value: '1' }] });
      expect(await cli('ecr', 'ListTagsForResource', { resourceArn })).toEqual({
        tags: [{ Key: 'a', Value: '1' }],
      });
      await cli('ecr', 'UntagResource', { resourceArn, tagKeys: ['a'] });
      await cli('ecr', 'PutImageTagMutability', { repositoryName, imageTagMutability: 'IMMUTABLE' });
      expect(await cli('ecr', 'DescribeRepositories')).toMatchObject({
        repositories: [{ repositoryName, imageTagMutability: 'IMMUTABLE' }],
      });
      expect(await cli('ecr', 'GetAuthorizationToken')).toMatchObject({
        authorizationData: [{ proxyEndpoint: `http://${here.cloud.registryHost}` }],
      });
      const imageManifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [],
      });
      await cli('ecr', 'PutImage', { repositoryName, imageTag: 'v1', imageManifest });
      expect(await cli('ecr', 'DescribeImages', { repositoryName })).toMatchObject({
        imageDetails: [{ imageTags: ['v1'] }],
      });
      expect(await cli('ecr', 'ListImages', { repositoryName })).toMatchObject({
        imageIds: [{ imageTag: 'v1' }],
      });
      const image = { repositoryName, imageIds: [{ imageTag: 'v1' }] };
      expect(await cli('ecr', 'BatchGetImage', image)).toMatchObject({ images: [{ imageManifest }] });
      expect(
        await refusal('ecr', 'GetDownloadUrlForLayer', {
          repositoryName,
          layerDigest: `sha256:${'0'.repeat(64)}`,
        }),
      ).toContain('(LayersNotFoundException)');
      expect(await cli('ecr', 'BatchDeleteImage', image)).toMatchObject({ failures: [] });
      await cli('ecr', 'DeleteRepository', { repositoryName });
      expect(await refusal('ecr', 'DeleteRepository', { repositoryName })).toContain(
        '(RepositoryNotFoundException)',
      );
    },
    patienceMs,
  );

  test(
    'ecs: clusters and task definitions',
    async () => {
      const { cluster } = await cli('ecs', 'CreateCluster', { clusterName: 'cli' });
      const { clusterArn: resourceArn } = cluster as Record<string, string>;
      await cli('ecs', 'TagResource', { resourceArn, tags: [{ key: 'a', value: '1' }] });
      expect(await cli('ecs', 'ListTagsForResource', { resourceArn })).toEqual({
        tags: [{ key: 'a', value: '1' }],
      });
      await cli('ecs', 'UntagResource', { resourceArn, tagKeys: ['a'] });
      expect(await cli('ecs', 'ListClusters')).toEqual({ clusterArns: [resourceArn] });
      expect(await cli('ecs', 'DescribeClusters', { clusters: ['cli', 'nobody'] })).toMatchObject({
        clusters: [{ clusterName: 'cli', status: 'ACTIVE' }],
        failures: [{ reason: 'MISSING' }],
      });
      const { containerInstanceArns } = await cli('ecs', 'ListContainerInstances', { cluster: 'cli' });
      const containerInstances =
        (containerInstanceArns as string[]).length === 0
          ? [`arn:aws:ecs:eu-west-1:${account}:container-instance/cli/0123456789abcdef`]
          : (containerInstanceArns as string[]);
      await cli('ecs', 'DescribeContainerInstances', { cluster: 'cli', containerInstances });

      await register('spare');
      await register('spare');
      expect(await cli('ecs', 'DescribeTaskDefinition', { taskDefinition: 'spare' })).toMatchObject({
        taskDefinition: { family: 'spare', revision: 2 },
      });
      await cli('ecs', 'DeregisterTaskDefinition', { taskDefinition: 'spare:1' });
      await cli('ecs', 'DeleteTaskDefinitions', { taskDefinitions: ['spare:1'] });
      expect(await cli('ecs', 'ListTaskDefinitions', { familyPrefix: 'spare' })).toMatchObject({
        taskDefinitionArns: [expect.stringMatching(/spare:2$/)],
      });
      expect(await cli('ecs', 'ListTaskDefinitionFamilies')).toMatchObject({ families: ['spare'] });
      await cli('ecs', 'CreateCluster', { clusterName: 'short-lived' });
      await cli('ecs', 'DeleteCluster', { cluster: 'short-lived' });
    },
    patienceMs,
  );

  test(
    'ecs: services, deployments and tasks',
    async () => {
      const cluster = 'cli';
      const service = 'web';
      await register('web');
      await register('web');
      await cli('ecs', 'CreateService', {
        cluster,
        serviceName: service,
        taskDefinition: 'web:1',
        desiredCount: 0,
        launchType: 'EC2',
      });
      await cli('ecs', 'UpdateService', { cluster, service, taskDefinition: 'web:2' });
      expect(await cli('ecs', 'ListServices', { cluster })).toMatchObject({
        serviceArns: [expect.stringMatching(/web$/)],
      });
      expect(await cli('ecs', 'DescribeServices', { cluster, services: [service] })).toMatchObject({
        services: [{ serviceName: service, taskDefinition: expect.stringMatching(/web:2$/) as string }],
        failures: [],
      });
      const { serviceDeployments } = await cli('ecs', 'ListServiceDeployments', { cluster, service });
      const [{ serviceDeploymentArn, targetServiceRevisionArn }] = serviceDeployments as [
        Record<string, string>,
      ];
      expect(
        await cli('ecs', 'DescribeServiceDeployments', { serviceDeploymentArns: [serviceDeploymentArn] }),
      ).toMatchObject({ serviceDeployments: [{ serviceDeploymentArn }] });
      expect(
        await cli('ecs', 'DescribeServiceRevisions', { serviceRevisionArns: [targetServiceRevisionArn] }),
      ).toMatchObject({ serviceRevisions: [{ taskDefinition: expect.stringMatching(/web:2$/) as string }] });
      for (const operation of ['StopServiceDeployment', 'ContinueServiceDeployment']) {
        const input: Json = { serviceDeploymentArn: `${serviceDeploymentArn!}x` };
        if (operation === 'ContinueServiceDeployment') input.hookId = 'nobody';
        expect(await refusal('ecs', operation, input)).toContain('(ServiceDeploymentNotFoundException)');
      }

      const lifecycleHooks = [{ targetType: 'PAUSE', lifecycleStages: ['PRE_SCALE_UP'] }];
      await cli('ecs', 'UpdateService', {
        cluster,
        service,
        taskDefinition: 'web:1',
        deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0, lifecycleHooks },
      });
      const paused = await untilAwaiting(cluster, service);
      expect(await cli('ecs', 'ContinueServiceDeployment', { ...paused, action: 'ROLLBACK' })).toEqual({
        serviceDeploymentArn: paused.serviceDeploymentArn,
      });
      expect(await refusal('ecs', 'ContinueServiceDeployment', paused)).toContain(
        '(InvalidParameterException)',
      );

      const started = await cli('ecs', 'RunTask', { cluster, taskDefinition: 'web:2', startedBy: 'cli' });
      const [{ taskArn }] = started.tasks as [{ taskArn: string }];
      await cli('ecs', 'StopTask', { cluster, task: taskArn, reason: 'by hand' });
      expect(await cli('ecs', 'DescribeTasks', { cluster, tasks: [taskArn] })).toMatchObject({
        tasks: [{ taskArn, startedBy: 'cli' }],
      });
      await cli('ecs', 'ListTasks', { cluster, desiredStatus: 'STOPPED' });
      await cli('ecs', 'DeleteService', { cluster, service, force: true });
    },
    patienceMs,
  );

  test(
    'cloudwatch',
    async () => {
      const Namespace = 'Shop';
      const now = Math.floor(Date.now() / 60_000) * 60;
      const times = { StartTime: now - 300, EndTime: now + 300 };
      await cli('cloudwatch', 'PutMetricData', {
        Namespace,
        MetricData: [{ MetricName: 'Orders', Values: [1, 2], Counts: [3, 1], Timestamp: now }],
      });
      expect(await cli('cloudwatch', 'ListMetrics', { Namespace })).toMatchObject({
        Metrics: [{ Namespace, MetricName: 'Orders' }],
      });
      const MetricStat = { Metric: { Namespace, MetricName: 'Orders' }, Period: 60, Stat: 'TC(:1)' };
      expect(
        await cli('cloudwatch', 'GetMetricData', { ...times, MetricDataQueries: [{ Id: 'o', MetricStat }] }),
      ).toMatchObject({ MetricDataResults: [{ Id: 'o', Values: [3], StatusCode: 'Complete' }] });
      expect(
        await cli('cloudwatch', 'GetMetricStatistics', {
          ...times,
          Namespace,
          MetricName: 'Orders',
          Period: 60,
          Statistics: ['Sum'],
        }),
      ).toMatchObject({ Datapoints: [{ Sum: 5 }] });

      const AlarmName = 'orders';
      await cli('cloudwatch', 'PutMetricAlarm', {
        AlarmName,
        Namespace,
        MetricName: 'Orders',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
      });
      await cli('cloudwatch', 'SetAlarmState', { AlarmName, StateValue: 'ALARM', StateReason: 'a drill' });
      const described = await cli('cloudwatch', 'DescribeAlarms', { AlarmNames: [AlarmName] });
      expect(described).toMatchObject({ MetricAlarms: [{ AlarmName, StateValue: 'ALARM' }] });
      expect(await cli('cloudwatch', 'DescribeAlarmHistory', { AlarmName })).toMatchObject({
        AlarmHistoryItems: expect.arrayContaining([
          expect.objectContaining({ HistorySummary: 'Alarm updated from INSUFFICIENT_DATA to ALARM' }),
        ]) as unknown,
      });
      const [{ AlarmArn: ResourceARN }] = described.MetricAlarms as [{ AlarmArn: string }];
      await cli('cloudwatch', 'TagResource', { ResourceARN, Tags: [{ Key: 'team', Value: 'shop' }] });
      expect(await cli('cloudwatch', 'ListTagsForResource', { ResourceARN })).toEqual({
        Tags: [{ Key: 'team', Value: 'shop' }],
      });
      await cli('cloudwatch', 'UntagResource', { ResourceARN, TagKeys: ['team'] });
      await cli('cloudwatch', 'DisableAlarmActions', { AlarmNames: [AlarmName] });
      await cli('cloudwatch', 'EnableAlarmActions', { AlarmNames: [AlarmName] });
      await cli('cloudwatch', 'DeleteAlarms', { AlarmNames: [AlarmName] });
      expect(await refusal('cloudwatch', 'DeleteAlarms', { AlarmNames: [AlarmName] })).toContain(
        '(ResourceNotFound)',
      );
    },
    patienceMs,
  );

  test(
    'application-autoscaling',
    async () => {
      const [cluster, service] = ['scaled', 'web'];
      await cli('ecs', 'CreateCluster', { clusterName: cluster });
      await register('scaled');
      await cli('ecs', 'CreateService', {
        cluster,
        serviceName: service,
        taskDefinition: 'scaled',
        desiredCount: 0,
      });
      const of = {
        ServiceNamespace: 'ecs',
        ResourceId: `service/${cluster}/${service}`,
        ScalableDimension: 'ecs:service:DesiredCount',
      };
      const { ScalableTargetARN: ResourceARN } = await cli(
        'application-autoscaling',
        'RegisterScalableTarget',
        { ...of, MinCapacity: 0, MaxCapacity: 4 },
      );
      expect(
        await cli('application-autoscaling', 'DescribeScalableTargets', { ServiceNamespace: 'ecs' }),
      ).toMatchObject({ ScalableTargets: [{ ...of, MaxCapacity: 4 }] });
      const configuration = {
        TargetValue: 60,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      };
      const PolicyName = 'cpu';
      await cli('application-autoscaling', 'PutScalingPolicy', {
        ...of,
        PolicyName,
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: configuration,
      });
      expect(
        await cli('application-autoscaling', 'DescribeScalingPolicies', { ServiceNamespace: 'ecs' }),
      ).toMatchObject({
        ScalingPolicies: [{ PolicyName, TargetTrackingScalingPolicyConfiguration: configuration }],
      });
      expect(
        await cli('application-autoscaling', 'DescribeScalingActivities', { ServiceNamespace: 'ecs' }),
      ).toEqual({ ScalingActivities: [] });
      await cli('application-autoscaling', 'TagResource', { ResourceARN, Tags: { team: 'shop' } });
      expect(await cli('application-autoscaling', 'ListTagsForResource', { ResourceARN })).toEqual({
        Tags: { team: 'shop' },
      });
      await cli('application-autoscaling', 'UntagResource', { ResourceARN, TagKeys: ['team'] });
      await cli('application-autoscaling', 'DeleteScalingPolicy', { ...of, PolicyName });
      await cli('application-autoscaling', 'DeregisterScalableTarget', of);
      expect(await refusal('application-autoscaling', 'DeregisterScalableTarget', of)).toContain(
        '(ObjectNotFoundException)',
      );
    },
    patienceMs,
  );

  test(
    'elbv2',
    async () => {
      const made = await cli('elbv2', 'CreateLoadBalancer', {
        Name: 'cli',
        Subnets: ['subnet-a', 'subnet-b'],
      });
      const [{ LoadBalancerArn }] = made.LoadBalancers as [Record<string, string>];
      expect(await cli('elbv2', 'DescribeLoadBalancers', { Names: ['cli'] })).toMatchObject({
        LoadBalancers: [{ LoadBalancerArn, DNSName: '127.0.0.1', State: { Code: 'active' } }],
      });
      const idle = { Key: 'idle_timeout.timeout_seconds', Value: '30' };
      await cli('elbv2', 'ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes: [idle] });
      const { Attributes } = await cli('elbv2', 'DescribeLoadBalancerAttributes', { LoadBalancerArn });
      expect(Attributes).toContainEqual(idle);

      const groups: string[] = [];
      for (const Name of ['cli-blue', 'cli-green']) {
        const group = { Name, Protocol: 'HTTP', Port: 8080, VpcId: 'vpc-1', TargetType: 'ip' };
        const created = await cli('elbv2', 'CreateTargetGroup', group);
        groups.push((created.TargetGroups as [Record<string, string>])[0].TargetGroupArn ?? '');
      }
      const [TargetGroupArn] = groups;
      await cli('elbv2', 'ModifyTargetGroup', { TargetGroupArn, HealthCheckPath: '/health' });
      expect(await cli('elbv2', 'DescribeTargetGroups', { Names: ['cli-blue'] })).toMatchObject({
        TargetGroups: [{ TargetGroupArn, HealthCheckPath: '/health', TargetType: 'ip' }],
      });
      const delay = { Key: 'deregistration_delay.timeout_seconds', Value: '0' };
      await cli('elbv2', 'ModifyTargetGroupAttributes', { TargetGroupArn, Attributes: [delay] });
      const of = await cli('elbv2', 'DescribeTargetGroupAttributes', { TargetGroupArn });
      expect(of.Attributes).toContainEqual(delay);
      const Targets = [{ Id: '127.0.0.1', Port: 9 }];
      await cli('elbv2', 'RegisterTargets', { TargetGroupArn, Targets });
      expect(await cli('elbv2', 'DescribeTargetHealth', { TargetGroupArn })).toMatchObject({
        TargetHealthDescriptions: [{ Target: Targets[0], TargetHealth: { State: 'unused' } }],
      });

      const port = (issuer.address() as AddressInfo).port;
      const taken = {
        LoadBalancerArn,
        Protocol: 'HTTP',
        Port: port,
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
      };
      expect(await refusal('elbv2', 'CreateListener', taken)).toContain('(InvalidConfigurationRequest)');
      const listening = await cli('elbv2', 'CreateListener', { ...taken, Port: await freePort() });
      const [{ ListenerArn }] = listening.Listeners as [Record<string, string>];
      await cli('elbv2', 'ModifyListener', { ListenerArn, DefaultActions: taken.DefaultActions });
      expect(await cli('elbv2', 'DescribeListeners', { LoadBalancerArn })).toMatchObject({
        Listeners: [{ ListenerArn, Protocol: 'HTTP' }],
      });

      const split = (...weights: number[]) => [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: groups.map((arn, index) => ({ TargetGroupArn: arn, Weight: weights[index] })),
          },
        },
      ];
      const rule = { ListenerArn, Priority: 5, Conditions: [{ Field: 'path-pattern', Values: ['/*'] }] };
      const ruled = await cli('elbv2', 'CreateRule', { ...rule, Actions: split(1, 0) });
      const [{ RuleArn }] = ruled.Rules as [Record<string, string>];
      await cli('elbv2', 'ModifyRule', { RuleArn, Actions: split(90, 10) });
      await cli('elbv2', 'SetRulePriorities', { RulePriorities: [{ RuleArn, Priority: 7 }] });
      expect(await cli('elbv2', 'DescribeRules', { ListenerArn })).toMatchObject({
        Rules: [{ RuleArn, Priority: '7', Actions: split(90, 10) }, { IsDefault: true }],
      });
      expect(await refusal('elbv2', 'DeleteTargetGroup', { TargetGroupArn })).toContain('(ResourceInUse)');

      const ResourceArns = [LoadBalancerArn, TargetGroupArn, ListenerArn, RuleArn];
      await cli('elbv2', 'AddTags', { ResourceArns, Tags: [{ Key: 'a', Value: '1' }] });
      await cli('elbv2', 'RemoveTags', { ResourceArns: [RuleArn], TagKeys: ['a'] });
      const { TagDescriptions } = await cli('elbv2', 'DescribeTags', { ResourceArns });
      expect((TagDescriptions as { Tags: unknown[] }[]).map(({ Tags }) => Tags.length)).toEqual([1, 1, 1, 0]);

      await cli('elbv2', 'DeregisterTargets', { TargetGroupArn, Targets });
      await cli('elbv2', 'DeleteRule', { RuleArn });
      await cli('elbv2', 'DeleteListener', { ListenerArn });
      await cli('elbv2', 'DeleteLoadBalancer', { LoadBalancerArn });
      for (const arn of groups) await cli('elbv2', 'DeleteTargetGroup', { TargetGroupArn: arn });
      expect(await refusal('elbv2', 'DescribeTargetHealth', { TargetGroupArn })).toContain(
        '(TargetGroupNotFound)',
      );
    },
    patienceMs,
  );

  test(
    'acm',
    async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'sluice-cli-'));
      const authority = await openAuthority(folder, undefined);
      rmSync(folder, { recursive: true });
      const { certificate, privateKey } = await authority.issue();
      // Version 2 wants bytes as Base64.
      const bytes = (text: string): string =>
        version?.startsWith('aws-cli/1') === true ? text : Buffer.from(text).toString('base64');
      const imported = await cli('acm', 'ImportCertificate', {
        Certificate: bytes(certificate),
        PrivateKey: bytes(privateKey),
        CertificateChain: bytes(authority.certificate),
      });
      const CertificateArn = String(imported.CertificateArn);
      expect(await cli('acm', 'DescribeCertificate', { CertificateArn })).toMatchObject({
        Certificate: { DomainName: '127.0.0.1', Status: 'ISSUED', Type: 'IMPORTED', InUseBy: [] },
      });
      expect(await cli('acm', 'GetCertificate', { CertificateArn })).toMatchObject({
        CertificateChain: authority.certificate,
      });
      expect(await cli('acm', 'ListCertificates')).toMatchObject({
        CertificateSummaryList: [{ CertificateArn, InUse: false }],
      });
      await cli('acm', 'AddTagsToCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: '1' }] });
      await cli('acm', 'RemoveTagsFromCertificate', { CertificateArn, Tags: [{ Key: 'a' }] });
      expect(await cli('acm', 'ListTagsForCertificate', { CertificateArn })).toEqual({ Tags: [] });
      await cli('acm', 'DeleteCertificate', { CertificateArn });
      expect(await refusal('acm', 'DescribeCertificate', { CertificateArn })).toContain(
        '(ResourceNotFoundException)',
      );
    },
    patienceMs,
  );

  test(
    'that was every operation there is',
    async () => {
      const response = await fetch(`${here.cloud.url}/_rehearsal/`);
      const { services } = (await response.json()) as { services: Record<string, string[]> };
      const all = Object.entries(services).flatMap(([service, operations]) =>
        operations.map((operation) => `${service}.${operation}`),
      );
      expect([...asked].sort()).toEqual(all.sort());
      expect(here.messages).toEqual([]);
    },
    patienceMs,
  );
});

/** The deployment in progress of a service and the hook that awaits an answer; starting the CLI is pause enough. */
async function untilAwaiting(
  cluster: string,
  service: string,
): Promise<{ serviceDeploymentArn: string; hookId: string }> {
  for (let look = 0; look < 30; look += 1) {
    const { services } = await cli('ecs', 'DescribeServices', { cluster, services: [service] });
    const [{ currentServiceDeployment: serviceDeploymentArn = '' }] = services as [Record<string, string>];
    const { serviceDeployments } = await cli('ecs', 'DescribeServiceDeployments', {
      serviceDeploymentArns: [serviceDeploymentArn],
    });
    const [{ lifecycleHookDetails: [hook] = [] }] = serviceDeployments as [
      { lifecycleHookDetails?: { hookId: string; status: string }[] },
    ];
    if (hook?.status === 'AWAITING_ACTION') return { serviceDeploymentArn, hookId: hook.hookId };
  }
  throw new Error(`No hook of the service ${service} awaits an answer after 30 looks.`);
}

async function register(family: string): Promise<Json> {
  return cli('ecs', 'RegisterTaskDefinition', {
    family,
    requiresCompatibilities: ['EC2'],
    containerDefinitions: [{ name: 'main', image: 'nobody:v1', memory: 64, essential: true }],
  });
}
