import type {
  CreateServiceRequest,
  CreateServiceResponse,
  DeleteServiceRequest,
  DeleteServiceResponse,
  DeploymentConfiguration,
  DeploymentStrategy,
  DescribeServicesRequest,
  DescribeServicesResponse,
  ListServicesRequest,
  ListServicesResponse,
  LoadBalancer,
  UpdateServiceRequest,
  UpdateServiceResponse,
} from '@aws-sdk/client-ecs';
import { isDeepStrictEqual } from 'node:util';
import type { Call, Operation } from '../../wire/service.ts';
import {
  activeDefinition,
  activeService,
  clusterOf,
  findService,
  page,
  type EcsContext,
} from '../context.ts';
import { deploymentConfigurationOf } from '../deployment-configuration.ts';
import { describeService } from '../describe-service.ts';
import { checkOneOf, invalidParameter, serviceNotFound } from '../errors.ts';
import type { ServiceRecord } from '../model.ts';
import { checkLoadBalancers } from '../load-balancers-input.ts';
import { checkTags } from '../resource-tags.ts';
import { checkKinds, checkPlacement, launchTypes, refuseWhatIsNotThere } from '../service-input.ts';

export function serviceOperations(context: EcsContext): Record<string, Operation> {
  const { state, services, clock, loadBalancing } = context;
  const describe = (service: ServiceRecord) => ({ ...describeService(context, service), tags: service.tags });

  return {
    CreateService: (input: CreateServiceRequest, call: Call): CreateServiceResponse => {
      checkKinds(input);
      checkTags(input.tags ?? []);
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
      refuseWhatIsNotThere(input);
      const definition = activeDefinition(context, input.taskDefinition);
      checkPlacement(definition, input);
      const desiredCount = input.desiredCount;
      if (desiredCount === undefined || desiredCount < 0) {
        throw invalidParameter('desiredCount must be set, and not be negative.');
      }
      const deploymentConfiguration = deploymentConfigurationOf(undefined, input.deploymentConfiguration);
      const loadBalancers = input.loadBalancers ?? [];
      checkLoadBalancers(loadBalancers, strategyOf(deploymentConfiguration), definition, loadBalancing);
      checkGracePeriod(input.healthCheckGracePeriodSeconds, loadBalancers);
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
        deploymentConfiguration,
        loadBalancers,
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
      refuseWhatIsNotThere(input);
      const definition =
        input.taskDefinition === undefined ? undefined : activeDefinition(context, input.taskDefinition);
      const configuration = deploymentConfigurationOf(
        service.deploymentConfiguration,
        input.deploymentConfiguration,
      );
      if (input.desiredCount !== undefined && input.desiredCount < 0) {
        throw invalidParameter('desiredCount must not be negative.');
      }
      if (definition !== undefined) {
        checkPlacement(definition, {
          launchType: service.launchType,
          networkConfiguration: input.networkConfiguration ?? service.networkConfiguration,
        });
      }
      const current = service.rollouts[0]?.taskDefinitionArn;
      const loadBalancers = input.loadBalancers ?? service.loadBalancers;
      if (
        definition !== undefined ||
        input.loadBalancers !== undefined ||
        input.deploymentConfiguration !== undefined
      ) {
        checkLoadBalancers(
          loadBalancers,
          strategyOf(configuration),
          definition ?? activeDefinition(context, current),
          loadBalancing,
        );
      }
      checkGracePeriod(input.healthCheckGracePeriodSeconds, loadBalancers);
      service.deploymentConfiguration = configuration;
      if (input.desiredCount !== undefined) service.desiredCount = input.desiredCount;
      if (input.enableExecuteCommand !== undefined) service.enableExecuteCommand = input.enableExecuteCommand;
      const networkChanged =
        input.networkConfiguration !== undefined &&
        !isDeepStrictEqual(input.networkConfiguration, service.networkConfiguration);
      if (networkChanged) service.networkConfiguration = input.networkConfiguration;
      const loadBalancersChanged = !isDeepStrictEqual(loadBalancers, service.loadBalancers);
      service.loadBalancers = loadBalancers;
      if (input.healthCheckGracePeriodSeconds !== undefined) {
        service.healthCheckGracePeriodSeconds = input.healthCheckGracePeriodSeconds;
      }
      // An update that changes nothing that tasks are made of starts no deployment.
      if (
        input.forceNewDeployment === true ||
        networkChanged ||
        loadBalancersChanged ||
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
        services: found.flatMap(({ service }) =>
          service === undefined
            ? []
            : [
                input.include?.includes('TAGS') === true
                  ? describe(service)
                  : describeService(context, service),
              ],
        ),
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
      checkOneOf('launchType', input.launchType, launchTypes);
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
      services.drain(service);
      return { service: describe(service) };
    },
  };
}

function strategyOf({ strategy = 'ROLLING' }: DeploymentConfiguration): DeploymentStrategy {
  return strategy;
}

function checkGracePeriod(seconds: number | undefined, loadBalancers: readonly LoadBalancer[]): void {
  if (seconds !== undefined && loadBalancers.length === 0) {
    throw invalidParameter(
      'Health check grace period is only valid for services configured to use load balancers',
    );
  }
}
