import { ServiceError, type Operation } from '../wire/service.ts';

/**
 * Refuses ARNs of other accounts, before the operation looks at its input: IAM does so on AWS, since nobody is allowed
 * anything there by a policy of this account alone.
 */
export function refuseOtherAccounts(
  operations: Readonly<Record<string, Operation>>,
): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]): [string, Operation] => [
      name,
      (input: object, call) => {
        const foreign = Object.values(input as Record<string, unknown>)
          .flat()
          .find(
            (value): value is string => accountOf(value) !== undefined && accountOf(value) !== call.accountId,
          );
        if (foreign === undefined) return operation(input, call);
        throw new ServiceError(
          'AccessDeniedException',
          `User: ${call.callerArn} is not authorized to perform: ecs:${name} on resource: ${foreign} because no resource-based policy allows the ecs:${name} action`,
        );
      },
    ]),
  );
}

function accountOf(value: unknown): string | undefined {
  return typeof value === 'string' ? /^arn:aws[\w-]*:ecs:[^:]*:(\d{12}):/.exec(value)?.[1] : undefined;
}
