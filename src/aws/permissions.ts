/** A statement of the role's policy: what may be called, on what, and why. */
export interface Grant {
  readonly sid: string;
  readonly why: string;
  readonly actions: readonly string[];
  /** As ARNs after `arn:aws:`, with {@link Names} in capitals for the user's own. */
  readonly resources: readonly string[];
}

/** What differs from user to user and from environment to environment. */
export interface Names {
  readonly REGION: string;
  readonly ACCOUNT: string;
  /** The service's name in sluice.yml, which is also that of the ECS service and of the image's repository. */
  readonly SERVICE: string;
  readonly CLUSTER: string;
  readonly ENVIRONMENT: string;
}

/**
 * How an environment is deployed to: tasks replace one another, or traffic is moved between two target groups.
 * On top of `rolling` comes `balanced`, where a load balancer stands before the tasks; on top of each `migrating`,
 * where the database is migrated first.
 */
export type Deploying = 'rolling' | 'shifting' | 'balanced' | 'migrating';

/**
 * What the role of an environment needs, and nothing else. A test compares it with the calls that deployments in the
 * rehearsal make: a missing one fails it, and so does one that is never used.
 */
export function grantsFor(deploying: Deploying): readonly Grant[] {
  switch (deploying) {
    case 'rolling':
      return deployGrants;
    case 'shifting':
      return [...deployGrants.map(alsoForShifting), ...shiftGrants];
    case 'balanced':
      return balancedGrants;
    case 'migrating':
      return migrateGrants;
  }
}

/**
 * For every environment. The layers of an image travel through ECR's registry, whose permissions are not calls of the
 * API; they are ECR's documented set for pushing.
 */
const deployGrants: readonly Grant[] = [
  {
    sid: 'Login',
    why: 'log in to the registry',
    actions: ['ecr:GetAuthorizationToken'],
    resources: ['*'],
  },
  {
    sid: 'Push',
    why: 'find the repository, look for the image and its platforms, push it',
    actions: [
      'ecr:DescribeRepositories',
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
      'ecs:REGION:ACCOUNT:cluster/CLUSTER',
      'ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE',
      'ecs:REGION:ACCOUNT:service-deployment/CLUSTER/SERVICE/*',
      'ecs:REGION:ACCOUNT:service-revision/CLUSTER/SERVICE/*',
      'ecs:REGION:ACCOUNT:task/CLUSTER/*',
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
    resources: ['logs:REGION:ACCOUNT:log-group:/ecs/SERVICE/ENVIRONMENT:*'],
  },
  {
    sid: 'Secrets',
    why: 'look whether a secret is there, without reading it',
    actions: ['secretsmanager:DescribeSecret'],
    resources: ['secretsmanager:REGION:ACCOUNT:secret:SERVICE/*'],
  },
  {
    sid: 'Parameters',
    why: 'look whether a parameter is there, without reading it; Systems Manager knows no resource to narrow this to',
    actions: ['ssm:DescribeParameters'],
    resources: ['*'],
  },
  {
    sid: 'Roles',
    why: 'look whom the roles that ECS takes trust, and whether they may do what they are taken for',
    actions: ['iam:GetRole', 'iam:SimulatePrincipalPolicy'],
    resources: ['iam::ACCOUNT:role/SERVICE-ENVIRONMENT-execution'],
  },
  {
    sid: 'HandOver',
    why: 'hand the execution role to the tasks',
    actions: ['iam:PassRole'],
    resources: ['iam::ACCOUNT:role/SERVICE-ENVIRONMENT-execution'],
  },
];

/** For blue-green, canary and linear. */
const shiftGrants: readonly Grant[] = [
  {
    sid: 'Gates',
    why: 'let a deployment that waits at a gate go on, or back',
    actions: ['ecs:ContinueServiceDeployment'],
    resources: ['ecs:REGION:ACCOUNT:service-deployment/CLUSTER/SERVICE/*'],
  },
  {
    sid: 'Traffic',
    why: 'read where traffic goes, and whether it is answered; Elastic Load Balancing knows no resource to narrow this to',
    actions: [
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    resources: ['*'],
  },
  {
    sid: 'Metrics',
    why: 'compare both sides by their metrics; CloudWatch knows no resource to narrow this to',
    actions: ['cloudwatch:GetMetricData'],
    resources: ['*'],
  },
  {
    sid: 'Alarms',
    why: 'look whether an alarm is there, and quiet',
    actions: ['cloudwatch:DescribeAlarms'],
    resources: ['cloudwatch:REGION:ACCOUNT:alarm:*'],
  },
];

/** For `loadBalancer` with the strategy `rolling`. */
const balancedGrants: readonly Grant[] = [
  {
    sid: 'TargetGroup',
    why: 'look whether the target group fits; Elastic Load Balancing knows no resource to narrow this to',
    actions: ['elasticloadbalancing:DescribeTargetGroups'],
    resources: ['*'],
  },
];

/** For `database.migrate`. Looking for the task, and reading its log, is granted for every environment. */
const migrateGrants: readonly Grant[] = [
  {
    sid: 'Migrate',
    why: 'run the migration as a task of the new task definition',
    actions: ['ecs:RunTask'],
    resources: ['ecs:REGION:ACCOUNT:task-definition/SERVICE-ENVIRONMENT:*'],
  },
  {
    sid: 'GiveUp',
    why: 'stop a migration that takes too long, or whose job was cancelled',
    actions: ['ecs:StopTask'],
    resources: ['ecs:REGION:ACCOUNT:task/CLUSTER/*'],
  },
];

/** The role that ECS moves traffic with is looked at, and handed over, beside the one that it starts tasks with. */
function alsoForShifting(grant: Grant): Grant {
  const traffic = 'iam::ACCOUNT:role/SERVICE-ENVIRONMENT-traffic';
  switch (grant.sid) {
    case 'Roles':
      return { ...grant, resources: [...grant.resources, traffic] };
    case 'HandOver':
      return {
        ...grant,
        why: 'hand the execution role to the tasks, and to ECS the one that it moves traffic with',
        resources: [...grant.resources, traffic],
      };
    default:
      return grant;
  }
}

/** Granted because AWS asks for them beside the calls, or for what travels through the registry. */
export const notCalls: ReadonlySet<string> = new Set([
  'iam:PassRole',
  'ecr:BatchCheckLayerAvailability',
  'ecr:CompleteLayerUpload',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
]);

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }[];
}

/** The policy of an environment's role, as `aws iam put-role-policy` takes it. */
export function policyFor(deploying: Deploying, names: Names): Policy {
  const own = (resource: string): string =>
    resource === '*'
      ? '*'
      : `arn:aws:${resource.replaceAll(/REGION|ACCOUNT|SERVICE|CLUSTER|ENVIRONMENT/g, (name) => names[name as keyof Names])}`;
  return {
    Version: '2012-10-17',
    Statement: grantsFor(deploying).map(({ sid, actions, resources }) => ({
      Sid: sid,
      Effect: 'Allow',
      Action: actions,
      Resource: resources.map(own),
    })),
  };
}
