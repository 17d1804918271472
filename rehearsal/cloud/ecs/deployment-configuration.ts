import type { DeploymentConfiguration, DeploymentLifecycleHook } from '@aws-sdk/client-ecs';
import { checkOneOf, invalidParameter, unsupported } from './errors.ts';

/** What was there, changed by what is given, with ECS's defaults. @throws InvalidParameterException */
export function deploymentConfigurationOf(
  before: DeploymentConfiguration | undefined,
  given: DeploymentConfiguration | undefined,
): DeploymentConfiguration {
  const { strategy = before?.strategy ?? 'ROLLING' } = given ?? {};
  const { canaryConfiguration, linearConfiguration, ...kept } = before ?? {};
  const configuration: DeploymentConfiguration = {
    bakeTimeInMinutes: 0,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    ...kept,
    ...(strategy === 'CANARY' && canaryConfiguration !== undefined ? { canaryConfiguration } : {}),
    ...(strategy === 'LINEAR' && linearConfiguration !== undefined ? { linearConfiguration } : {}),
    ...given,
    strategy,
    deploymentCircuitBreaker: {
      enable: false,
      rollback: false,
      ...before?.deploymentCircuitBreaker,
      ...given?.deploymentCircuitBreaker,
    },
  };
  checkOneOf('strategy', strategy, ['BLUE_GREEN', 'CANARY', 'LINEAR', 'ROLLING']);
  checkRolling(configuration);
  checkShifting(configuration);
  if (strategy === 'ROLLING' && (given?.lifecycleHooks ?? []).length > 0) {
    throw unsupported('Lifecycle hooks of rolling deployments: the rehearsal does not have this yet.');
  }
  for (const hook of given?.lifecycleHooks ?? []) checkHook(hook);
  return configuration;
}

function checkRolling(configuration: DeploymentConfiguration): void {
  const { minimumHealthyPercent: minimum = 100, maximumPercent: maximum = 200, alarms } = configuration;
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
  if (alarms?.enable === true && (alarms.alarmNames ?? []).length === 0) {
    throw invalidParameter('alarmNames must not be empty where deployment alarms are enabled.');
  }
}

/**
 * The ranges are those of the API reference (DeploymentConfiguration, CanaryConfiguration, LinearConfiguration); ECS's
 * own words for values out of them are not documented.
 */
function checkShifting({
  strategy,
  bakeTimeInMinutes,
  canaryConfiguration: canary,
  linearConfiguration: linear,
}: DeploymentConfiguration): void {
  if (canary !== undefined && strategy !== 'CANARY') {
    throw invalidParameter('canaryConfiguration is only valid with the deployment strategy CANARY.');
  }
  if (linear !== undefined && strategy !== 'LINEAR') {
    throw invalidParameter('linearConfiguration is only valid with the deployment strategy LINEAR.');
  }
  checkMinutes('bakeTimeInMinutes', bakeTimeInMinutes, 0, 1440);
  checkMinutes('canaryBakeTimeInMinutes', canary?.canaryBakeTimeInMinutes, 0, 1440);
  checkMinutes('stepBakeTimeInMinutes', linear?.stepBakeTimeInMinutes, 0, 1440);
  checkPercent('canaryPercent', canary?.canaryPercent, 0.1);
  checkPercent('stepPercent', linear?.stepPercent, 3);
}

/** Source of the words: ECS developer guide, "Troubleshooting Amazon ECS blue/green deployments". */
function checkHook({
  targetType = 'AWS_LAMBDA',
  lifecycleStages = [],
  timeoutConfiguration,
}: DeploymentLifecycleHook): void {
  if (!['AWS_LAMBDA', 'PAUSE'].includes(targetType)) {
    throw invalidParameter('Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE');
  }
  if (targetType === 'AWS_LAMBDA') {
    throw unsupported('Lifecycle hooks of the type AWS_LAMBDA: the rehearsal does not have this yet.');
  }
  if (lifecycleStages.length === 0) throw invalidParameter('lifecycleStages must not be empty.');
  for (const stage of lifecycleStages) {
    if (!pausable.has(stage)) throw invalidParameter('Invalid lifecycle stage provided for Pause Hook');
  }
  checkMinutes('timeoutInMinutes', timeoutConfiguration?.timeoutInMinutes, 1, 20_160);
  const { action = 'ROLLBACK' } = timeoutConfiguration ?? {};
  if (!['CONTINUE', 'ROLLBACK'].includes(action)) {
    throw invalidParameter('Invalid action. Valid values are: CONTINUE, ROLLBACK');
  }
}

const pausable: ReadonlySet<string> = new Set([
  'PRE_SCALE_UP',
  'POST_SCALE_UP',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
]);

function checkMinutes(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalidParameter(`${name} must be a whole number from ${least} to ${most}, and is ${value}.`);
}

function checkPercent(name: string, value: number | undefined, least: number): void {
  if (value === undefined) return;
  const isTenths = Math.abs(value * 10 - Math.round(value * 10)) < 1e-9;
  if (isTenths && value >= least && value <= 100) return;
  throw invalidParameter(
    `${name} must be a multiple of 0.1 from ${least.toFixed(1)} to 100.0, and is ${value}.`,
  );
}
