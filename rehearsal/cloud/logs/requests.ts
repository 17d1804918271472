import { ServiceError } from '../wire/service.ts';

export function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}

export function invalidToken(): ServiceError {
  return invalidParameter('The specified nextToken is invalid.');
}

/** A group by its name or, as newer operations take it, by its ARN. */
export function groupNameOf(input: {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
}): string {
  if (input.logGroupName !== undefined && input.logGroupIdentifier !== undefined) {
    throw invalidParameter('LogGroupName and LogGroupIdentifier cannot both be specified.');
  }
  return input.logGroupName ?? nameInArn(input.logGroupIdentifier ?? '');
}

/** `arn:aws:logs:region:account:log-group:NAME[:*]` → `NAME` */
export function nameInArn(arn: string): string {
  return arn.replace(/^arn:[^:]+:logs:[^:]*:\d*:log-group:/, '').replace(/:\*$/, '');
}

/** How many are wanted at the most: what is asked for, or `most`. @throws InvalidParameterException beyond AWS's limits */
export function limitOf(limit: number | undefined, most: number): number {
  if (limit === undefined) return most;
  if (limit >= 1 && limit <= most) return limit;
  const bound = limit < 1 ? 'greater than or equal to 1' : `less than or equal to ${most}`;
  throw invalidParameter(
    `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`,
  );
}
