import { ECSClient, ECSServiceException } from '@aws-sdk/client-ecs';
import * as sdk from '@aws-sdk/client-ecs';
import { trial, type Trial } from '../trial.ts';

let here: Trial;
let ecs: ECSClient;
const containers = [{ name: 'main', image: 'nobody:v1', memory: 64 }];

beforeAll(async () => {
  here = await trial();
  ecs = new ECSClient(here.client);
  for (const clusterName of ['one', 'two']) await ecs.send(new sdk.CreateClusterCommand({ clusterName }));
  await ecs.send(new sdk.RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions: containers }));
  await ecs.send(
    new sdk.CreateServiceCommand({
      cluster: 'one',
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 0,
    }),
  );
});
afterAll(async () => {
  ecs.destroy();
  await here.end();
});

const arn = (resource: string, account = '000000000000'): string =>
  `arn:aws:ecs:eu-west-1:${account}:${resource}`;
const elsewhere = '999999999999';
const manyTags = Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: 'v' }));
const service = { cluster: 'one', serviceName: 'next', taskDefinition: 'web', desiredCount: 0 };
/** What the types would not let through, other clients send. */
const wrong = (value: string): never => value as never;

test.each<[string, () => object, string]>([
  [
    'a service of another cluster',
    () => new sdk.DescribeServicesCommand({ cluster: 'one', services: [arn('service/two/web')] }),
    'InvalidParameterException: Invalid identifier: Identifier is for cluster two. Your cluster is one',
  ],
  [
    'an update of a service by the ARN of another cluster',
    () => new sdk.UpdateServiceCommand({ cluster: 'one', service: arn('service/two/web') }),
    'InvalidParameterException: Invalid identifier: Identifier is for cluster two. Your cluster is one',
  ],
  [
    'a task of another cluster',
    () => new sdk.StopTaskCommand({ cluster: 'one', task: arn(`task/two/${'0'.repeat(32)}`) }),
    'InvalidParameterException: Invalid identifier: Identifier is for cluster two. Your cluster is one',
  ],
  [
    'an id that no task can have',
    () => new sdk.DescribeTasksCommand({ cluster: 'one', tasks: ['web'] }),
    'InvalidParameterException: taskId length should be one of [32,36]',
  ],
  [
    'a task that is not there',
    () => new sdk.StopTaskCommand({ cluster: 'one', task: '0'.repeat(32) }),
    'InvalidParameterException: The referenced task was not found.',
  ],
  [
    'a cluster of another account',
    () => new sdk.DescribeServicesCommand({ cluster: arn('cluster/one', elsewhere), services: ['web'] }),
    `AccessDeniedException: User: arn:aws:iam::000000000000:user/rehearsal is not authorized to perform: ecs:DescribeServices on resource: ${arn('cluster/one', elsewhere)} because no resource-based policy allows the ecs:DescribeServices action`,
  ],
  [
    'a task definition of another account',
    () => new sdk.DescribeTaskDefinitionCommand({ taskDefinition: arn('task-definition/web:1', elsewhere) }),
    'AccessDeniedException: ',
  ],
  [
    'a name that no cluster can have',
    () => new sdk.ListServicesCommand({ cluster: 'my cluster' }),
    'InvalidParameterException: Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was my cluster',
  ],
  [
    'an empty name of a cluster',
    () => new sdk.DescribeClustersCommand({ clusters: [''] }),
    'InvalidParameterException: Clusters can not be blank.',
  ],
  [
    'a token that was never given',
    () => new sdk.ListServicesCommand({ cluster: 'one', nextToken: 'x' }),
    'InvalidParameterException: Invalid token.',
  ],
  [
    'pages of nothing',
    () => new sdk.ListClustersCommand({ maxResults: 0 }),
    'InvalidParameterException: maxResults',
  ],
  [
    'more than fifty tags',
    () => new sdk.CreateClusterCommand({ clusterName: 'three', tags: manyTags }),
    'InvalidParameterException: ',
  ],
  [
    'a tag too many, later',
    () => new sdk.TagResourceCommand({ resourceArn: arn('cluster/one'), tags: manyTags }),
    'InvalidParameterException: ',
  ],
  [
    'a tag of AWS’s own',
    () => new sdk.CreateServiceCommand({ ...service, tags: [{ key: 'aws:team', value: 'shop' }] }),
    'InvalidParameterException: ',
  ],
  [
    'no tags, given',
    () =>
      new sdk.RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions: containers, tags: [] }),
    'ClientException: Tags can not be empty.',
  ],
  [
    'a launch type that there is not',
    () => new sdk.CreateServiceCommand({ ...service, launchType: wrong('CLOUD') }),
    'InvalidParameterException: Invalid launchType',
  ],
  [
    'a strategy that there is not',
    () =>
      new sdk.CreateServiceCommand({ ...service, deploymentConfiguration: { strategy: wrong('SUDDEN') } }),
    'InvalidParameterException: Invalid strategy',
  ],
  [
    'a platform version on EC2',
    () => new sdk.CreateServiceCommand({ ...service, platformVersion: 'LATEST' }),
    'InvalidParameterException: The platform version must be null when specifying an EC2 launch type.',
  ],
  [
    'the same name again with another definition',
    () => new sdk.CreateServiceCommand({ ...service, serviceName: 'web', desiredCount: 3 }),
    'InvalidParameterException: Creation of service was not idempotent.',
  ],
  [
    'a task definition that is not there',
    () => new sdk.DescribeTaskDefinitionCommand({ taskDefinition: 'nobody' }),
    'ClientException: Unable to describe task definition.',
  ],
])('%s is refused in ECS’s words', async (_what, command, refusal) => {
  const refused: unknown = await ecs.send(command() as never).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ECSServiceException);
  const { name, message } = refused as ECSServiceException;
  expect(`${name}: ${message}`.slice(0, refusal.length)).toBe(refusal);
});
