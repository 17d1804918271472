import { ServiceError } from '../wire/service.ts';

/** ECS's own exceptions, in ECS's own words. */
export const invalidParameter = (message: string): ServiceError =>
  new ServiceError('InvalidParameterException', message);
export const clientException = (message: string): ServiceError =>
  new ServiceError('ClientException', message);
export const clusterNotFound = (): ServiceError =>
  new ServiceError('ClusterNotFoundException', 'Cluster not found.');
export const serviceNotFound = (): ServiceError =>
  new ServiceError('ServiceNotFoundException', 'Service not found.');
export const serviceNotActive = (): ServiceError =>
  new ServiceError('ServiceNotActiveException', 'Service was not ACTIVE.');
/** @throws InvalidParameterException where a value is given, and is none of those that the API reference lists */
export function checkOneOf(member: string, value: string | undefined, values: readonly string[]): void {
  if (value === undefined || values.includes(value)) return;
  throw invalidParameter(`Invalid ${member}: ${value}. Valid values are: ${values.join(', ')}`);
}
export const unsupported = (message: string): ServiceError =>
  new ServiceError('UnsupportedFeatureException', message);
export const conflict = (message: string): ServiceError => new ServiceError('ConflictException', message);
