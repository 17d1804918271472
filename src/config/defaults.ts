import type { Config, EnvironmentConfig } from './schema/index.ts';

/** The defaults that depend on other keys; the others are in the schema. */

export type LaunchType = 'EC2' | 'FARGATE';
export type NetworkMode = 'bridge' | 'host' | 'awsvpc';

export function launchTypeOf({ launchType, instance }: EnvironmentConfig['compute']): LaunchType {
  return launchType ?? (instance === undefined ? 'FARGATE' : 'EC2');
}

export function networkModeOf(
  compute: EnvironmentConfig['compute'],
  { mode }: Pick<EnvironmentConfig['network'], 'mode'>,
): NetworkMode {
  return mode ?? (launchTypeOf(compute) === 'FARGATE' ? 'awsvpc' : 'bridge');
}

export function repositoryOf({ image, service }: Config): string {
  return image.repository ?? service;
}

export function clusterOf({ service }: Config, environment: string): string {
  return `${service}-${environment}`;
}
