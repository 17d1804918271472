import type { CreateServiceRequest, RunTaskRequest, UpdateServiceRequest } from '@aws-sdk/client-ecs';
import { checkOneOf, invalidParameter, unsupported } from './errors.ts';
import type { TaskDefinitionRecord } from './model.ts';

/**
 * Refuses what the rehearsal would otherwise have to ignore in silence.
 * @throws UnsupportedFeatureException
 */
export function refuseWhatIsNotThere(input: CreateServiceRequest | UpdateServiceRequest): void {
  const refused: readonly (readonly [boolean, string])[] = [
    [(input.serviceRegistries ?? []).length > 0, 'Service discovery'],
    [input.serviceConnectConfiguration?.enabled === true, 'Service Connect'],
    [(input.volumeConfigurations ?? []).length > 0, 'Volumes'],
    [(input.capacityProviderStrategy ?? []).length > 0, 'Capacity providers'],
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

export const launchTypes = ['EC2', 'EXTERNAL', 'FARGATE', 'MANAGED_INSTANCES'] as const;

/** @throws InvalidParameterException */
export function checkKinds(
  input: Pick<CreateServiceRequest, 'launchType' | 'platformVersion' | 'propagateTags'> &
    Pick<CreateServiceRequest, 'schedulingStrategy'>,
): void {
  checkOneOf('launchType', input.launchType, launchTypes);
  checkOneOf('schedulingStrategy', input.schedulingStrategy, ['DAEMON', 'REPLICA']);
  checkOneOf('propagateTags', input.propagateTags, ['NONE', 'SERVICE', 'TASK_DEFINITION']);
  if (input.platformVersion !== undefined && (input.launchType ?? 'EC2') === 'EC2') {
    throw invalidParameter('The platform version must be null when specifying an EC2 launch type.');
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
