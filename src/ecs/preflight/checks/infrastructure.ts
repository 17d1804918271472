import { logGroupOf } from '../../task-definition/build.ts';
import { shiftsTraffic, type Check, type Facts, type Objection } from '../facts.ts';
import { roleName } from '../read/roles.ts';
import { cli, of } from './objection.ts';

/** The account, the cluster, the service as it stands, the log group. */
export const infrastructureChecks: readonly Check[] = [
  caller,
  cluster,
  containerInstances,
  hostPorts,
  service,
  latestRevision,
  logGroup,
];

/** `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`: the path of the role's own ARN is not in it. */
function caller({ gathered, environment: { aws, name } }: Facts): Objection | undefined {
  const expected = /^arn:[^:]+:iam::(\d{12}):role\//.exec(aws.role ?? '')?.[1];
  const remedy = 'Check aws.role in sluice.yml and the job’s credentials';
  return of(gathered.caller, 'sts:GetCallerIdentity', ({ account, arn }) => {
    if (aws.role === undefined || expected === undefined) return undefined;
    if (account !== expected) {
      return {
        what: `The credentials are of the account ${account}, and the role of ${name} is of ${expected}`,
        remedy,
      };
    }
    return arn.includes(`:assumed-role/${roleName(aws.role)}/`)
      ? undefined
      : { what: `The credentials are those of ${arn}, and not of the role ${aws.role}`, remedy };
  });
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

/** A port of an instance is one task's: beside each task of blue, one of green needs an instance of its own. */
function hostPorts(facts: Facts): Objection | undefined {
  const { gathered, environment } = facts;
  const { network, compute, aws, name } = environment;
  const isFixed = network.mode === 'host' || (network.mode === 'bridge' && (network.hostPort ?? 0) > 0);
  if (!shiftsTraffic(environment) || !isFixed || !gathered.cluster.ok) return undefined;
  const running = gathered.service.ok ? gathered.service.value?.desiredCount : undefined;
  const needed = 2 * (running ?? compute.count);
  const { isActive, instances } = gathered.cluster.value;
  // No instance at all is said already.
  return !isActive || instances === 0 || instances >= needed
    ? undefined
    : {
        what: `Blue and green need ${needed} instances beside one another, each with a port of its own, and the cluster "${aws.cluster}" has ${instances}`,
        remedy:
          network.mode === 'host'
            ? `Add instances, or set environments.${name}.network.mode to bridge`
            : `Leave environments.${name}.network.hostPort out: a load balancer finds any port`,
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
