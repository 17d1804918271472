import { errorName, missingPermission } from '../../aws/index.ts';
import type { ResolvedEnvironment } from '../../config/index.ts';
import { errorMessage } from '../../github/index.ts';
import { logGroupOf, ownContainer, type Release, type TaskDefinition } from '../task-definition/build.ts';
import type { Gathered, Read } from './gather.ts';

/** One thing that is not as it has to be. */
export interface Objection {
  readonly what: string;
  /** The command or the line that mends it. */
  readonly remedy: string;
}

interface Facts {
  readonly gathered: Gathered;
  readonly environment: ResolvedEnvironment;
  readonly release: Release;
  readonly own: TaskDefinition | undefined;
}

type Check = (facts: Facts) => Objection | readonly Objection[] | undefined;

/**
 * All that speaks against starting, at once.
 * @param own the user's own task definition, where sluice.yml names one
 */
export function objections(
  gathered: Gathered,
  environment: ResolvedEnvironment,
  release: Release,
  own?: TaskDefinition,
): Objection[] {
  return checks
    .flatMap((check) => check({ gathered, environment, release, own }) ?? [])
    .filter(({ what }, index, all) => all.findIndex((other) => other.what === what) === index);
}

const checks: readonly Check[] = [
  account,
  cluster,
  containerInstances,
  service,
  latestRevision,
  image,
  port,
  logGroup,
  secrets,
  executionRole,
  frontDoor,
  notYet,
];

function account({ gathered, environment }: Facts): Objection | undefined {
  const expected = /^arn:[^:]+:iam::(\d{12}):/.exec(environment.aws.role ?? '')?.[1];
  return of(gathered.account, 'sts:GetCallerIdentity', (found) =>
    expected === undefined || expected === found
      ? undefined
      : {
          what: `The credentials are of the account ${found}, and the role of ${environment.name} is of ${expected}`,
          remedy: 'Check aws.role in sluice.yml and the job’s credentials',
        },
  );
}

function cluster({ gathered, environment: { aws } }: Facts): Objection | undefined {
  return of(gathered.cluster, 'ecs:DescribeClusters', ({ isActive }) =>
    isActive
      ? undefined
      : {
          what: `There is no active cluster "${aws.cluster}" in ${aws.region ?? 'this region'}`,
          remedy: `${cli('ecs create-cluster', aws.region)} --cluster-name ${aws.cluster}, or mend aws.cluster in sluice.yml`,
        },
  );
}

/** Tasks on EC2 wait for ever for an instance that nobody started. */
function containerInstances({ gathered, environment }: Facts): Objection | undefined {
  const { aws, compute } = environment;
  // What could not be read is the cluster's to say.
  if (!gathered.cluster.ok || !gathered.cluster.value.isActive || compute.launchType !== 'EC2')
    return undefined;
  return gathered.cluster.value.instances > 0
    ? undefined
    : {
        what: `No EC2 instance is registered in the cluster "${aws.cluster}", and the tasks would wait for one`,
        remedy: `Start one whose user data has ECS_CLUSTER=${aws.cluster} (docs/adopting.md, "What it deploys to"), or leave compute.instance out for Fargate`,
      };
}

function service({ gathered, environment }: Facts): Objection | undefined {
  const { aws, compute } = environment;
  return of(gathered.service, 'ecs:DescribeServices', (found) => {
    if (found === undefined) {
      return compute.count > 0
        ? undefined
        : {
            what: `The service "${aws.service}" is not there yet, and would be created with no task`,
            remedy: `Set environments.${environment.name}.compute.count to 1 or more`,
          };
    }
    if (found.status === 'DRAINING') {
      return {
        what: `The service "${aws.service}" is being deleted`,
        remedy: 'Wait until it is gone, or use another name in aws.service',
      };
    }
    const controller = found.deploymentController?.type ?? 'ECS';
    if (controller !== 'ECS') {
      return {
        what: `The service "${aws.service}" is deployed by ${controller}, and not by ECS itself`,
        remedy: 'Create a service with the deployment controller ECS',
      };
    }
    return found.desiredCount === 0
      ? {
          what: `The service "${aws.service}" is scaled to zero: nothing would start, and nothing could be proven`,
          remedy: `${cli('ecs update-service', aws.region)} --cluster ${aws.cluster} --service ${aws.service} --desired-count ${Math.max(1, compute.count)}`,
        }
      : undefined;
  });
}

/** Nothing to object to in the revision itself; that it could be read is what counts. */
function latestRevision({ gathered }: Facts): Objection | undefined {
  return of(gathered.latest, 'ecs:DescribeTaskDefinition', () => undefined);
}

function image({ gathered, environment, release }: Facts): Objection | undefined {
  return of(gathered.image, 'ecr:DescribeImages', (isThere) =>
    isThere
      ? undefined
      : {
          what: `The image ${release.image} is not in the registry (${environment.aws.region ?? 'this region'})`,
          remedy: 'Run the Build Image job again',
        },
  );
}

/** A task definition of the user's own may open another port than the one that the service is told to listen on. */
function port({ environment, own }: Facts): Objection | undefined {
  if (own === undefined) return undefined;
  const containers = own.containerDefinitions ?? [];
  const container = containers[ownContainer(containers, environment.serviceName)];
  const ports = (container?.portMappings ?? []).map(({ containerPort, containerPortRange }) =>
    containerPort === undefined ? (containerPortRange ?? '') : String(containerPort),
  );
  // With a network of its own a task is reached at any port; a range may have this one.
  const isNotNamed = ports.length === 0 && /^(awsvpc|host)$/.test(own.networkMode ?? 'bridge');
  const wanted = String(environment.container.port);
  if (isNotNamed || ports.includes(wanted) || ports.some((one) => one.includes('-'))) return undefined;
  return {
    what: `The container "${container?.name ?? ''}" of ${environment.taskDefinition ?? 'the task definition'} opens ${ports.length === 0 ? 'no port' : `port ${ports.join(', ')}`}, and the service listens on ${wanted}`,
    remedy: `Set container.port in sluice.yml to the port that the service listens on, and map it in portMappings`,
  };
}

function logGroup({ gathered, environment }: Facts): Objection | undefined {
  // A task definition of the user's own says itself where its output goes.
  if (environment.taskDefinition !== undefined) return undefined;
  const name = logGroupOf(environment);
  const { region } = environment.aws;
  return of(gathered.logGroup, 'logs:DescribeLogGroups', (isThere) =>
    isThere
      ? undefined
      : {
          what: `There is no log group ${name} in ${region ?? 'this region'}, and no task starts without it`,
          remedy: `${cli('logs create-log-group', region)} --log-group-name ${name}`,
        },
  );
}

function secrets({ gathered, environment: { aws } }: Facts): readonly Objection[] {
  return Object.entries(gathered.secrets).flatMap(
    ([name, secret]) =>
      of(secret, 'secretsmanager:DescribeSecret', (arn) =>
        arn !== undefined
          ? undefined
          : {
              what: `There is no secret "${name}" in Secrets Manager in ${aws.region ?? 'this region'}`,
              remedy: `${cli('secretsmanager create-secret', aws.region)} --name ${name} --secret-string …`,
            },
      ) ?? [],
  );
}

function executionRole({ environment }: Facts): Objection | undefined {
  const { aws, compute, taskDefinition, name } = environment;
  if (aws.executionRole !== undefined || taskDefinition !== undefined) return undefined;
  const remedy = `Set environments.${name}.aws.executionRole in sluice.yml`;
  const { database } = environment;
  const handsOver =
    Object.values(environment.secrets).some((secret) => !('literal' in secret)) ||
    (database.engine === 'postgres' && database.secret !== undefined);
  if (handsOver) {
    return { what: 'Secrets are to be handed over, and there is no role for ECS to read them with', remedy };
  }
  return compute.launchType === 'FARGATE'
    ? { what: 'There is no role for ECS to pull the image and write the logs with', remedy }
    : undefined;
}

function frontDoor({ environment: { url, name } }: Facts): Objection | undefined {
  if (url === undefined) {
    return {
      what: 'It is not known where users reach the service, and so it cannot be proven what they get',
      remedy: `Set environments.${name}.url in sluice.yml`,
    };
  }
  return /^https?:$/.test(URL.parse(url)?.protocol ?? '')
    ? undefined
    : {
        what: `"${url}" is no address that can be asked`,
        remedy: `Set environments.${name}.url in sluice.yml to one such as https://example.org`,
      };
}

/** What sluice.yml can say, and this version cannot do: never left out in silence. */
function notYet({ environment: { deploy, loadBalancer, name } }: Facts): readonly Objection[] {
  const refuse = (key: string, value: string, remedy: string): Objection => ({
    what: `This version of Sluice cannot deploy with ${key}${value}`,
    remedy,
  });
  const at = `environments.${name}`;
  return [
    ...(deploy.strategy === 'rolling'
      ? []
      : [
          refuse(
            'deploy.strategy: ',
            deploy.strategy,
            `Set ${at}.deploy.strategy to rolling, and leave loadBalancer out`,
          ),
        ]),
    ...(loadBalancer === undefined
      ? []
      : [
          refuse(
            'loadBalancer',
            '',
            `Leave ${at}.loadBalancer out, or deploy this environment by other means`,
          ),
        ]),
    ...(deploy.alarms.length === 0 ? [] : [refuse('deploy.alarms', '', `Leave ${at}.deploy.alarms out`)]),
  ];
}

function of<T>(
  part: Read<T>,
  permission: string,
  verdict: (value: T) => Objection | undefined,
): Objection | undefined {
  return part.ok ? verdict(part.value) : unreadable(part.error, permission);
}

function unreadable(error: unknown, permission: string): Objection {
  if (errorName(error) === 'ClusterNotFoundException') {
    return { what: 'The cluster was not found', remedy: 'Check aws.cluster and aws.region in sluice.yml' };
  }
  const denied = missingPermission(error);
  return {
    what: errorMessage(error),
    remedy:
      denied === undefined
        ? `Check the credentials and the network; the call needs ${permission}`
        : `Allow the role ${denied} (docs/adopting.md, "What the role may do")`,
  };
}

function cli(command: string, region: string | undefined): string {
  return `aws ${command}${region === undefined ? '' : ` --region ${region}`}`;
}
