import { ServiceError } from '../wire/service.ts';

export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

export function notFound(what: string, resourceId: string): ServiceError {
  return new ServiceError(
    'ObjectNotFoundException',
    `No ${what} found for service namespace: ecs, resource ID: ${resourceId}, scalable dimension: ${dimension}`,
  );
}

export function invalidToken(): ServiceError {
  return new ServiceError('InvalidNextTokenException', 'The next token is not valid.');
}

/** All that the rehearsal scales. */
export const dimension = 'ecs:service:DesiredCount';

/** @throws ValidationException where it is anything else than the desired count of an ECS service */
export function checkService(
  namespace: string | undefined,
  resourceId: string | undefined,
  scalable: string | undefined,
): void {
  if (namespace !== 'ecs') throw invalid(`The rehearsal scales ecs alone, and no ${namespace ?? ''}.`);
  if (scalable !== undefined && scalable !== dimension) {
    throw invalid(`The rehearsal scales ${dimension} alone, and no ${scalable}.`);
  }
  if (resourceId !== undefined && !/^service\/[^/]+\/[^/]+$/.test(resourceId)) {
    throw invalid(`Unsupported service namespace, resource type or scalable dimension: ${resourceId}`);
  }
}
