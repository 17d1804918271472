import type {
  CreateServiceRequest,
  CreateServiceResponse,
  DeleteServiceRequest,
  DeleteServiceResponse,
  DeploymentConfiguration,
  DescribeServicesRequest,
  DescribeServicesResponse,
  ListServicesRequest,
  ListServicesResponse,
  Service as DescribedService,
  UpdateServiceRequest,
  UpdateServiceResponse,
} from '@aws-sdk/client-ecs';
import type { Call, Operation } from '../../wire/service.ts';
import {
  activeDefinition,
  activeService,
  clusterOf,
  date,
  findService,
  page,
  type EcsContext,
} from '../context.ts';
import { invalidParameter, serviceNotFound, unsupported } from '../errors.ts';
import type { ServiceRecord } from '../model.ts';
import { isRunning } from '../services.ts';

export function serviceOperations(context: EcsContext): Record<string, Operation> {
  const { state, services, tasks, clock } = context;
  const describe = (service: ServiceRecord): DescribedService => describeService(context, service);

  return {
    CreateService: (input: CreateServiceRequest, call: Call): CreateServiceResponse => {
      const cluster = clusterOf(context, input.cluster);
      const name = input.serviceName ?? '';
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
        throw invalidParameter(
          'Service name can contain only letters, numbers, hyphens and underscores, up to 255 characters.',
        );
      }
      const existing = findService(context, cluster, name);
      if (existing !== undefined && existing.status !== 'INACTIVE') {
        // A repeated CreateService with the same token is answered, not repeated.
        if (input.clientToken !== undefined && existing.clientToken === input.clientToken)
          return { service: describe(existing) };
        throw invalidParameter(
          existing.status === 'DRAINING'
            ? 'Unable to Start a service that is still Draining.'
            : 'Creation of service was not idempotent.',
        );
      }
      if ((input.loadBalancers ?? []).length > 0)
        throw unsupported('Load balancers are not part of the rehearsal yet.');
      const definition = activeDefinition(context, input.taskDefinition);
      const desiredCount = input.desiredCount;
      if (desiredCount === undefined || desiredCount < 0) {
        throw invalidParameter('desiredCount must be set, and not be negative.');
      }
      if (input.launchType === 'FARGATE' && input.networkConfiguration?.awsvpcConfiguration === undefined) {
        throw invalidParameter(
          "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        );
      }
      const service: ServiceRecord = {
        name,
        arn: `${cluster.arn.replace(':cluster/', ':service/')}/${name}`,
        clusterArn: cluster.arn,
        status: 'ACTIVE',
        createdAt: clock.now().getTime(),
        createdBy: call.callerArn,
        ...(input.clientToken === undefined ? {} : { clientToken: input.clientToken }),
        desiredCount,
        launchType: input.launchType ?? 'EC2',
        deploymentConfiguration: checkedConfiguration(undefined, input.deploymentConfiguration),
        networkConfiguration: input.networkConfiguration,
        ...(input.healthCheckGracePeriodSeconds === undefined
          ? {}
          : { healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds }),
        enableExecuteCommand: input.enableExecuteCommand ?? false,
        schedulingStrategy: 'REPLICA',
        propagateTags: input.propagateTags,
        tags: [...(input.tags ?? [])],
        rollouts: [],
        revisions: [],
        deployments: [],
        events: [],
      };
      state.services.push(service);
      services.deploy(service, definition);
      return { service: describe(service) };
    },

    UpdateService: (input: UpdateServiceRequest): UpdateServiceResponse => {
      const cluster = clusterOf(context, input.cluster);
      const service = activeService(context, cluster, input.service ?? '');
      if ((input.loadBalancers ?? []).length > 0)
        throw unsupported('Load balancers are not part of the rehearsal yet.');
      const definition =
        input.taskDefinition === undefined ? undefined : activeDefinition(context, input.taskDefinition);
      const configuration = checkedConfiguration(
        service.deploymentConfiguration,
        input.deploymentConfiguration,
      );
      if (input.desiredCount !== undefined && input.desiredCount < 0) {
        throw invalidParameter('desiredCount must not be negative.');
      }
      const current = service.rollouts[0]?.taskDefinitionArn;
      service.deploymentConfiguration = configuration;
      if (input.desiredCount !== undefined) service.desiredCount = input.desiredCount;
      if (input.enableExecuteCommand !== undefined) service.enableExecuteCommand = input.enableExecuteCommand;
      const networkChanged =
        input.networkConfiguration !== undefined &&
        JSON.stringify(input.networkConfiguration) !== JSON.stringify(service.networkConfiguration);
      if (networkChanged) service.networkConfiguration = input.networkConfiguration;
      // An update that changes nothing that tasks are made of starts no deployment.
      if (
        input.forceNewDeployment === true ||
        networkChanged ||
        (definition !== undefined && definition.arn !== current)
      ) {
        const next = definition ?? activeDefinition(context, current);
        services.deploy(service, next);
      } else {
        services.schedule(service);
        context.changed();
      }
      return { service: describe(service) };
    },

    DescribeServices: (input: DescribeServicesRequest): DescribeServicesResponse => {
      const cluster = clusterOf(context, input.cluster);
      const references = input.services ?? [];
      if (references.length === 0) throw invalidParameter('Services cannot be empty.');
      if (references.length > 10) throw invalidParameter('Services can have at most 10 items.');
      const found = references.map((reference) => ({
        reference,
        service: findService(context, cluster, reference),
      }));
      return {
        services: found.flatMap(({ service }) => (service === undefined ? [] : [describe(service)])),
        failures: found.flatMap(({ reference, service }) =>
          service === undefined
            ? [
                {
                  arn: reference.startsWith('arn:')
                    ? reference
                    : `${cluster.arn.replace(':cluster/', ':service/')}/${reference}`,
                  reason: 'MISSING',
                },
              ]
            : [],
        ),
      };
    },

    ListServices: (input: ListServicesRequest): ListServicesResponse => {
      const cluster = clusterOf(context, input.cluster);
      const arns = state.services
        .filter((service) => service.clusterArn === cluster.arn && service.status === 'ACTIVE')
        .filter((service) => input.launchType === undefined || service.launchType === input.launchType)
        .map(({ arn }) => arn);
      const { items, token } = page(arns, { ...input, maxResults: input.maxResults ?? 10 });
      return { serviceArns: items, ...token };
    },

    DeleteService: (input: DeleteServiceRequest): DeleteServiceResponse => {
      const cluster = clusterOf(context, input.cluster);
      const service = findService(context, cluster, input.service ?? '');
      if (service === undefined || service.status === 'INACTIVE') throw serviceNotFound();
      if (service.desiredCount > 0 && input.force !== true) {
        throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
      }
      service.status = 'DRAINING';
      service.desiredCount = 0;
      for (const task of tasks.list()) {
        if (task.group === `service:${service.name}` && task.clusterArn === cluster.arn) {
          tasks.stop(
            task,
            'ServiceSchedulerInitiated',
            `Scaling activity initiated by (deployment ${service.rollouts[0]?.id ?? ''})`,
          );
        }
      }
      services.schedule(service);
      context.changed();
      return { service: describe(service) };
    },
  };
}

/** What was there, changed by what is given, with ECS's defaults. @throws InvalidParameterException */
function checkedConfiguration(
  before: DeploymentConfiguration | undefined,
  given: DeploymentConfiguration | undefined,
): DeploymentConfiguration {
  const configuration: DeploymentConfiguration = {
    strategy: 'ROLLING',
    bakeTimeInMinutes: 0,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    ...before,
    ...given,
    deploymentCircuitBreaker: {
      enable: false,
      rollback: false,
      ...before?.deploymentCircuitBreaker,
      ...given?.deploymentCircuitBreaker,
    },
  };
  if (configuration.strategy !== 'ROLLING') {
    throw unsupported(
      `The deployment strategy ${String(configuration.strategy)} is not part of the rehearsal yet.`,
    );
  }
  const { minimumHealthyPercent: minimum = 100, maximumPercent: maximum = 200 } = configuration;
  if (minimum < 0 || maximum < 100) {
    throw invalidParameter(
      'minimumHealthyPercent must not be negative, and maximumPercent must be 100 or more.',
    );
  }
  if (minimum >= 100 && maximum <= 100) {
    throw invalidParameter(
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    );
  }
  return configuration;
}

function describeService({ tasks }: EcsContext, service: ServiceRecord): DescribedService {
  const own = tasks
    .list()
    .filter((task) => task.clusterArn === service.clusterArn && task.group === `service:${service.name}`)
    .filter((task) => task.lastStatus !== 'STOPPED');
  const running = own.filter(
    ({ lastStatus, desiredStatus }) => lastStatus === 'RUNNING' && desiredStatus === 'RUNNING',
  );
  const pending = own.filter(
    ({ lastStatus, desiredStatus }) => lastStatus !== 'RUNNING' && desiredStatus === 'RUNNING',
  );
  const current = service.deployments[0];
  const of = (list: typeof own, id: string): number =>
    list.filter(({ startedBy }) => startedBy === id).length;
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running.length,
    pendingCount: pending.length,
    launchType: service.launchType,
    taskDefinition: service.rollouts[0]?.taskDefinitionArn,
    deploymentConfiguration: service.deploymentConfiguration,
    deploymentController: { type: 'ECS' },
    deployments: service.rollouts.map((rollout, index) => ({
      id: rollout.id,
      status: index === 0 ? 'PRIMARY' : 'ACTIVE',
      taskDefinition: rollout.taskDefinitionArn,
      desiredCount: index === 0 ? service.desiredCount : 0,
      pendingCount: of(pending, rollout.id),
      runningCount: of(running, rollout.id),
      failedTasks: rollout.failedTasks,
      createdAt: date(rollout.createdAt),
      updatedAt: date(rollout.updatedAt),
      launchType: service.launchType,
      rolloutState: rollout.state,
      rolloutStateReason: rollout.reason,
    })),
    currentServiceDeployment: current !== undefined && isRunning(current) ? current.arn : undefined,
    currentServiceRevisions: service.rollouts.map((rollout) => ({
      arn: rollout.revisionArn,
      requestedTaskCount: rollout === service.rollouts[0] ? service.desiredCount : 0,
      runningTaskCount: of(running, rollout.id),
      pendingTaskCount: of(pending, rollout.id),
    })),
    events: service.events.map(({ id, createdAt, message }) => ({ id, createdAt: date(createdAt), message })),
    createdAt: date(service.createdAt),
    createdBy: service.createdBy,
    schedulingStrategy: service.schedulingStrategy,
    enableECSManagedTags: false,
    enableExecuteCommand: service.enableExecuteCommand,
    propagateTags: service.propagateTags ?? 'NONE',
    networkConfiguration: service.networkConfiguration,
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
    tags: service.tags,
  };
}
