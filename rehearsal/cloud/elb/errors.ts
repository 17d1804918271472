import { ServiceError } from '../wire/service.ts';

/** The query protocol's error codes lack the `Exception` of the SDK's names. */
export function notFound(what: 'LoadBalancer' | 'TargetGroup' | 'Listener' | 'Rule'): ServiceError {
  const words = {
    LoadBalancer: 'load balancers',
    TargetGroup: 'target groups',
    Listener: 'listeners',
    Rule: 'rules',
  };
  return new ServiceError(`${what}NotFound`, `One or more ${words[what]} not found`);
}

export function validationError(message: string): ServiceError {
  return new ServiceError('ValidationError', message);
}

export function invalidConfiguration(message: string): ServiceError {
  return new ServiceError('InvalidConfigurationRequest', message);
}

export function resourceInUse(message: string): ServiceError {
  return new ServiceError('ResourceInUse', message);
}

/** What AWS has and the rehearsal has not: named, and never left out in silence. */
export function notHere(what: string): ServiceError {
  return new ServiceError('UnsupportedOperation', `${what}: the rehearsal does not have this.`);
}
