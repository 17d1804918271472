import type {
  CreateServiceRequest,
  DeploymentConfiguration,
  RunTaskRequest,
  UpdateServiceRequest,
} from '@aws-sdk/client-ecs';
import { invalidParameter, unsupported } from './errors.ts';
import type { TaskDefinitionRecord } from './model.ts';

/**
 * Refuses what the rehearsal would otherwise have to ignore in silence.
 * @throws UnsupportedFeatureException
 */
export function refuseWhatIsNotThere(input: CreateServiceRequest | UpdateServiceRequest): void {
  const { alarms, lifecycleHooks = [], strategy = 'ROLLING' } = input.deploymentConfiguration ?? {};
  const refused: readonly (readonly [boolean, string])[] = [
    [(input.loadBalancers ?? []).length > 0, 'Load balancers'],
    [(input.serviceRegistries ?? []).length > 0, 'Service discovery'],
    [input.serviceConnectConfiguration?.enabled === true, 'Service Connect'],
    [(input.volumeConfigurations ?? []).length > 0, 'Volumes'],
    [(input.capacityProviderStrategy ?? []).length > 0, 'Capacity providers'],
    [alarms?.enable === true, 'Deployment alarms'],
    [lifecycleHooks.length > 0, 'Lifecycle hooks'],
    [strategy !== 'ROLLING', `The deployment strategy ${strategy}`],
    [
      'schedulingStrategy' in input && input.schedulingStrategy === 'DAEMON',
      'The scheduling strategy DAEMON',
    ],
    [
      'deploymentController' in input && (input.deploymentController?.type ?? 'ECS') !== 'ECS',
      'Deployment controllers other than ECS',
    ],
  ];
  for (const [asked, what] of refused) {
    if (asked) throw unsupported(`${what}: the rehearsal does not have this yet.`);
  }
}

/**
 * Whether tasks of the definition can be placed as asked.
 * @throws InvalidParameterException
 */
export function checkPlacement(
  { definition }: TaskDefinitionRecord,
  { launchType, networkConfiguration }: Pick<RunTaskRequest, 'launchType' | 'networkConfiguration'>,
): void {
  const compatibilities = definition.requiresCompatibilities ?? [];
  if (launchType === 'FARGATE' && !compatibilities.includes('FARGATE')) {
    throw invalidParameter('Task definition does not support launch_type FARGATE.');
  }
  const hasNetwork = networkConfiguration?.awsvpcConfiguration !== undefined;
  if (definition.networkMode === 'awsvpc' && !hasNetwork) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (definition.networkMode !== 'awsvpc' && hasNetwork) {
    throw invalidParameter(
      'Network Configuration is not valid for the given networkMode of this task definition.',
    );
  }
}

/** What was there, changed by what is given, with ECS's defaults. @throws InvalidParameterException */
export function deploymentConfigurationOf(
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
  const { value = 1 } = configuration.deploymentCircuitBreaker?.thresholdConfiguration ?? {};
  if (!Number.isInteger(value) || value < 1) {
    throw invalidParameter('The value of thresholdConfiguration must be a whole number above 0.');
  }
  return configuration;
}
