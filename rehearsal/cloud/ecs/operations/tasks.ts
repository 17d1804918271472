import type {
  DescribeTasksRequest,
  DescribeTasksResponse,
  ListTasksRequest,
  ListTasksResponse,
  RunTaskRequest,
  RunTaskResponse,
  StopTaskRequest,
  StopTaskResponse,
  Task,
} from '@aws-sdk/client-ecs';
import type { Operation } from '../../wire/service.ts';
import {
  activeDefinition,
  activeService,
  checkCluster,
  clusterOf,
  date,
  page,
  type EcsContext,
} from '../context.ts';
import { checkOneOf, invalidParameter } from '../errors.ts';
import type { ClusterRecord, TaskRecord } from '../model.ts';
import { checkTags } from '../resource-tags.ts';
import { checkKinds, checkPlacement } from '../service-input.ts';

export function taskOperations(context: EcsContext): Record<string, Operation> {
  const { tasks } = context;
  /** RunTask calls that were answered, by cluster and client token: a repeated one starts nothing. */
  const answered = new Map<string, RunTaskResponse>();

  return {
    RunTask: (input: RunTaskRequest): RunTaskResponse => {
      checkKinds(input);
      checkTags(input.tags ?? []);
      if ((input.startedBy ?? '').length > 128) throw invalidParameter('startedBy longer than 128.');
      const cluster = clusterOf(context, input.cluster);
      const token = input.clientToken === undefined ? undefined : `${cluster.arn} ${input.clientToken}`;
      const before = token === undefined ? undefined : answered.get(token);
      if (before !== undefined) return before;
      const definition = activeDefinition(context, input.taskDefinition);
      checkPlacement(definition, input);
      if (input.group?.startsWith('service:') === true) {
        throw invalidParameter('Invalid group name: "service:" is what the service scheduler uses.');
      }
      const count = input.count ?? 1;
      if (!(count >= 1 && count <= 10)) throw invalidParameter('Count must be between 1 and 10.');
      const known = new Set(definition.definition.containerDefinitions.map(({ name }) => name));
      for (const { name } of input.overrides?.containerOverrides ?? []) {
        if (!known.has(name)) {
          throw invalidParameter(
            `Override for container named ${name ?? ''} is not a container in the TaskDefinition.`,
          );
        }
      }
      const started: TaskRecord[] = [];
      const failures: RunTaskResponse['failures'] = [];
      for (let index = 0; index < count; index += 1) {
        if (tasks.occupiedHostPort(definition) !== undefined) {
          failures.push({ arn: cluster.arn, reason: 'RESOURCE:PORTS' });
          continue;
        }
        started.push(
          tasks.start({
            cluster,
            definition,
            group: input.group ?? `family:${definition.family}`,
            startedBy: input.startedBy ?? '',
            launchType: input.launchType ?? 'EC2',
            overrides: input.overrides ?? {},
            tags: input.tags ?? [],
            routes: [],
          }),
        );
      }
      const answer = { tasks: started.map(describeTask), failures };
      if (token !== undefined) answered.set(token, answer);
      return answer;
    },

    StopTask: (input: StopTaskRequest): StopTaskResponse => {
      const cluster = clusterOf(context, input.cluster);
      checkIdentifier(cluster, input.task ?? '');
      const task = tasks.find(input.task ?? '');
      if (task?.clusterArn !== cluster.arn) throw invalidParameter('The referenced task was not found.');
      tasks.stop(task, {
        stopCode: 'UserInitiated',
        reason: input.reason ?? 'Task stopped by user',
        failed: false,
      });
      return { task: describeTask(task) };
    },

    DescribeTasks: (input: DescribeTasksRequest): DescribeTasksResponse => {
      const cluster = clusterOf(context, input.cluster);
      const references = input.tasks ?? [];
      if (references.length === 0) throw invalidParameter('Tasks cannot be empty.');
      if (references.length > 100) throw invalidParameter('Tasks can have at most 100 items.');
      for (const reference of references) checkIdentifier(cluster, reference);
      const found = references.map((reference) => ({ reference, task: tasks.find(reference) }));
      return {
        tasks: found.flatMap(({ task }) => {
          if (task?.clusterArn !== cluster.arn) return [];
          const { tags, ...described } = describeTask(task);
          return [input.include?.includes('TAGS') === true ? { ...described, tags } : described];
        }),
        failures: found.flatMap(({ reference, task }) =>
          task?.clusterArn === cluster.arn
            ? []
            : [
                {
                  arn: reference.startsWith('arn:')
                    ? reference
                    : `${cluster.arn.replace(':cluster/', ':task/')}/${reference}`,
                  reason: 'MISSING',
                },
              ],
        ),
      };
    },

    ListTasks: (input: ListTasksRequest): ListTasksResponse => {
      const cluster = clusterOf(context, input.cluster);
      const group =
        input.serviceName === undefined
          ? undefined
          : `service:${activeService(context, cluster, input.serviceName).name}`;
      checkOneOf('desiredStatus', input.desiredStatus, ['PENDING', 'RUNNING', 'STOPPED']);
      const wanted = input.desiredStatus ?? 'RUNNING';
      const arns = tasks
        .list()
        .filter((task) => task.clusterArn === cluster.arn)
        .filter((task) => group === undefined || task.group === group)
        .filter((task) => input.startedBy === undefined || task.startedBy === input.startedBy)
        .filter((task) => input.launchType === undefined || task.launchType === input.launchType)
        .filter((task) => input.family === undefined || familyOf(task) === input.family)
        .filter((task) => task.desiredStatus === wanted)
        .map(({ arn }) => arn);
      const { items, token } = page(arns, input);
      return { taskArns: items, ...token };
    },
  };
}

/** @throws InvalidParameterException in ECS's words, where it can be no task of the cluster by its form alone */
function checkIdentifier(cluster: ClusterRecord, reference: string): void {
  checkCluster(cluster, reference);
  const id = reference.split('/').at(-1) ?? '';
  if (id.length !== 32 && id.length !== 36) {
    throw invalidParameter('taskId length should be one of [32,36]');
  }
}

function familyOf(task: TaskRecord): string | undefined {
  return task.taskDefinitionArn.split('/').at(-1)?.split(':')[0];
}

function describeTask(task: TaskRecord): Task {
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    group: task.group,
    startedBy: task.startedBy,
    launchType: task.launchType,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: task.healthStatus,
    connectivity: 'CONNECTED',
    containerInstanceArn: task.containerInstanceArn,
    createdAt: date(task.createdAt),
    pullStartedAt: date(task.pullStartedAt),
    pullStoppedAt: date(task.pullStoppedAt),
    startedAt: date(task.startedAt),
    stoppingAt: date(task.stoppingAt),
    stoppedAt: date(task.stoppedAt),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    containers: task.containers,
    overrides: task.overrides,
    tags: task.tags,
    attachments: [],
    version: 1,
  };
}
