/** A statement of the role's policy: what may be called, on what, and why. */
export interface Grant {
  readonly sid: string;
  readonly why: string;
  readonly actions: readonly string[];
  /** As ARNs after `arn:aws:`; `REGION`, `ACCOUNT` and `SERVICE` stand for the user's own. */
  readonly resources: readonly string[];
}

/**
 * What the role of an environment needs, and nothing else. A test compares it with the calls that deployments in the
 * rehearsal make: a missing one fails it, and so does one that is never used. The layers of an image travel through
 * ECR's registry, whose permissions are not calls of the API; they are ECR's documented set for pushing.
 */
export const deployGrants: readonly Grant[] = [
  {
    sid: 'Login',
    why: 'log in to the registry',
    actions: ['ecr:GetAuthorizationToken'],
    resources: ['*'],
  },
  {
    sid: 'Push',
    why: 'find the repository, look for the image, push it',
    actions: [
      'ecr:DescribeRepositories',
      'ecr:DescribeImages',
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:CompleteLayerUpload',
      'ecr:GetDownloadUrlForLayer',
      'ecr:InitiateLayerUpload',
      'ecr:PutImage',
      'ecr:UploadLayerPart',
    ],
    resources: ['ecr:REGION:ACCOUNT:repository/SERVICE'],
  },
  {
    sid: 'TaskDefinitions',
    why: 'read and register task definitions; ECS knows no resource to narrow this to',
    actions: ['ecs:DescribeTaskDefinition', 'ecs:RegisterTaskDefinition'],
    resources: ['*'],
  },
  {
    sid: 'Deploy',
    why: 'create, move, follow and roll back this service, and read why its tasks stopped',
    actions: [
      'ecs:CreateService',
      'ecs:DescribeClusters',
      'ecs:DescribeServiceDeployments',
      'ecs:DescribeServiceRevisions',
      'ecs:DescribeServices',
      'ecs:DescribeTasks',
      'ecs:ListServiceDeployments',
      'ecs:StopServiceDeployment',
      'ecs:UpdateService',
    ],
    resources: [
      'ecs:REGION:ACCOUNT:cluster/SERVICE-dev',
      'ecs:REGION:ACCOUNT:service/SERVICE-dev/SERVICE',
      'ecs:REGION:ACCOUNT:service-deployment/SERVICE-dev/SERVICE/*',
      'ecs:REGION:ACCOUNT:service-revision/SERVICE-dev/SERVICE/*',
      'ecs:REGION:ACCOUNT:task/SERVICE-dev/*',
    ],
  },
  {
    sid: 'ListTasks',
    why: 'list the tasks that stopped; the resource of this call is the container instance',
    actions: ['ecs:ListTasks'],
    resources: ['*'],
  },
  {
    sid: 'Logs',
    why: 'look whether the log group is there',
    actions: ['logs:DescribeLogGroups'],
    resources: ['logs:REGION:ACCOUNT:log-group:*'],
  },
  {
    sid: 'Evidence',
    why: 'read the last lines of a failed task',
    actions: ['logs:GetLogEvents'],
    resources: ['logs:REGION:ACCOUNT:log-group:/ecs/SERVICE/development:*'],
  },
  {
    sid: 'Secrets',
    why: 'look whether a secret is there, without reading it',
    actions: ['secretsmanager:DescribeSecret'],
    resources: ['secretsmanager:REGION:ACCOUNT:secret:SERVICE/*'],
  },
  {
    sid: 'HandOver',
    why: 'hand the execution role to the tasks',
    actions: ['iam:PassRole'],
    resources: ['iam::ACCOUNT:role/SERVICE-development-execution'],
  },
];

/** Granted because AWS asks for them beside the calls, or for what travels through the registry. */
export const notCalls: ReadonlySet<string> = new Set([
  'iam:PassRole',
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:CompleteLayerUpload',
  'ecr:GetDownloadUrlForLayer',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
]);

/** The policy as docs/adopting.md shows it: the placeholders are the shell variables that the page sets. */
export function deployPolicy(): object {
  const own = (resource: string): string =>
    resource === '*'
      ? '*'
      : `arn:aws:${resource.replaceAll('REGION', '$AWS_REGION').replaceAll('ACCOUNT', '$ACCOUNT').replaceAll('SERVICE', '$SERVICE')}`;
  return {
    Version: '2012-10-17',
    Statement: deployGrants.map(({ sid, actions, resources }) => ({
      Sid: sid,
      Effect: 'Allow',
      Action: actions,
      Resource: resources.map(own),
    })),
  };
}
