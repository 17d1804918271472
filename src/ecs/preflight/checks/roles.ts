import type { Check, Facts, Objection, TrustPolicy } from '../facts.ts';
import { handedOver, neededRoles, type NeededRole } from '../needs.ts';
import { roleName } from '../read/roles.ts';
import { cli, of } from './objection.ts';

/** Secrets and parameters, and the roles that ECS takes to read them, to run tasks and to move traffic. */
export const roleChecks: readonly Check[] = [secrets, secretKeys, parameters, executionRole, trust, grants];

function secrets({ gathered, environment: { aws } }: Facts): (Objection | undefined)[] {
  return Object.entries(gathered.secrets).map(([name, secret]) =>
    of(secret, 'secretsmanager:DescribeSecret', (arn) =>
      arn !== undefined
        ? undefined
        : {
            what: `There is no secret "${name}" in Secrets Manager in ${aws.region ?? 'this region'}`,
            remedy: `${cli('secretsmanager create-secret', aws.region)} --name ${name} --secret-string …`,
          },
    ),
  );
}

/** A task whose secret lacks the key does not start. */
function secretKeys({ gathered, environment: { aws } }: Facts): (Objection | undefined)[] {
  return gathered.secretKeys.map(({ secret, key, found }) => {
    const remedy = `${cli('secretsmanager put-secret-value', aws.region)} --secret-id ${secret} --secret-string '{"${key}": …}', with all of its other keys; or correct the key`;
    switch (found) {
      case 'missing':
        return { what: `The secret "${secret}" has no key "${key}" in its JSON`, remedy };
      case 'no JSON':
        return {
          what: `The secret "${secret}" is no JSON object, and its key "${key}" is to be handed over`,
          remedy,
        };
      case 'no value':
        return {
          what: `The secret "${secret}" has no value in the version whose key "${key}" is to be handed over`,
          remedy,
        };
      case 'there':
      case 'not known':
        return undefined;
    }
  });
}

/** What could not be looked at, and is no reason to refuse. */
export function keysNotKnown({ secretKeys: all }: Pick<Facts['gathered'], 'secretKeys'>): string[] {
  return all
    .filter(({ found }) => found === 'not known')
    .map(
      ({ secret, key }) =>
        `It is not known whether the secret "${secret}" has the key "${key}": the role may not read it, which it need not. ECS finds out when a task starts.`,
    );
}

function parameters({ gathered, environment: { aws } }: Facts): (Objection | undefined)[] {
  return Object.entries(gathered.parameters).map(([name, parameter]) =>
    of(parameter, 'ssm:DescribeParameters', (arn) =>
      arn !== undefined
        ? undefined
        : {
            what: `There is no parameter "${name}" in the Parameter Store in ${aws.region ?? 'this region'}`,
            remedy: `${cli('ssm put-parameter', aws.region)} --name ${name} --type SecureString --value …`,
          },
    ),
  );
}

/** There has to be one, where there is something to do for it. */
function executionRole({ environment, own }: Facts): Objection | undefined {
  const { aws, compute, name, taskDefinition } = environment;
  if ((own === undefined ? aws.executionRole : own.executionRoleArn) !== undefined) return undefined;
  const remedy =
    own === undefined
      ? `Set environments.${name}.aws.executionRole in sluice.yml`
      : `Set executionRoleArn in ${taskDefinition ?? 'the task definition'}`;
  const needed = handedOver(environment, own);
  if (needed.secrets.length + needed.parameters.length > 0) {
    return { what: 'Secrets are to be handed over, and there is no role for ECS to read them with', remedy };
  }
  return compute.launchType === 'FARGATE'
    ? { what: 'There is no role for ECS to pull the image and write the logs with', remedy }
    : undefined;
}

function trust({ gathered, environment, own }: Facts): (Objection | undefined)[] {
  return neededRoles(environment, own).map((needed) => {
    const found = gathered.roles[needed.role];
    return found === undefined
      ? undefined
      : of(found, 'iam:GetRole', (role) => {
          if (role === undefined) {
            return {
              what: `There is no role ${needed.role}, which ECS is to take ${purposes[needed.use]}`,
              remedy: `${cli('iam create-role', undefined)} --role-name ${roleName(needed.role)} --assume-role-policy-document '${trusting(needed.principal)}'`,
            };
          }
          return trusts(role.trust, needed.principal)
            ? undefined
            : {
                what: `The role ${role.arn} does not trust ${needed.principal}, and ECS cannot take it ${purposes[needed.use]}`,
                remedy: `${cli('iam update-assume-role-policy', undefined)} --role-name ${roleName(needed.role)} --policy-document '${trusting(needed.principal)}'`,
              };
        });
  });
}

const purposes: Readonly<Record<NeededRole['use'], string>> = {
  execution: 'to start tasks with',
  task: 'for the service to run with',
  traffic: 'to move the traffic with',
};

function grants({ gathered }: Facts): (Objection | undefined)[] {
  return gathered.grants.map(({ role, action, denied }) =>
    of(denied, 'iam:SimulatePrincipalPolicy', (resources) =>
      resources.length === 0
        ? undefined
        : {
            what: `The role ${role} may not ${action} on ${resources.join(', ')}`,
            remedy: `${cli('iam put-role-policy', undefined)} --role-name ${roleName(role)} --policy-name sluice-${action.replace(':', '-').toLowerCase()} --policy-document '${allowing(action, resources)}'`,
          },
    ),
  );
}

/**
 * Whether a trust policy names a service, and none of its statements denies it. Conditions, such as on the account that
 * ECS acts for, are AWS's to decide.
 */
export function trusts({ Statement: all = [] }: TrustPolicy, principal: string): boolean {
  const statements = [all].flat().filter(({ Action: actions = [], Principal: named }) => {
    const services = named === '*' || named === undefined ? [] : [named.Service ?? []].flat(2);
    return (
      services.includes(principal) &&
      [actions].flat().some((action) => ['*', 'sts:*', 'sts:assumerole'].includes(action.toLowerCase()))
    );
  });
  return (
    statements.some(({ Effect: effect }) => effect === 'Allow') &&
    !statements.some(({ Effect: effect }) => effect === 'Deny')
  );
}

function trusting(principal: string): string {
  return policyOf({ Principal: { Service: principal }, Action: 'sts:AssumeRole' });
}

function allowing(action: string, resources: readonly string[]): string {
  return policyOf({ Action: action, Resource: resources });
}

function policyOf(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}
