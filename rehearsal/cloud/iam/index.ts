import * as sdk from '@aws-sdk/client-iam';
import { evaluate, type Evaluation, type PolicyDocument, type Role, type Roles } from '../roles/index.ts';
import { ServiceError, type Call, type Service } from '../wire/service.ts';

/** Roles are older than any rehearsal: IAM is asked for their policies, not for their age. */
const createdAt = new Date('2026-01-01T00:00:00Z');

/**
 * IAM, as far as a deployment asks before it begins: who a role trusts, and what its policies allow. Roles are made
 * by the seed and through the control plane; see {@link Roles}.
 */
export function createIam(roles: Roles): Service {
  return {
    id: 'iam',
    protocol: {
      kind: 'awsQuery',
      apiVersion: '2010-05-08',
      namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    },
    schemas: {
      GetRole: sdk.GetRole$,
      SimulatePrincipalPolicy: sdk.SimulatePrincipalPolicy$,
    },
    missingMember: (path) =>
      new ServiceError(
        'ValidationError',
        `1 validation error detected: Value null at '${path.charAt(0).toLowerCase()}${path.slice(1)}' failed to satisfy constraint: Member must not be null`,
      ),
    operations: {
      GetRole: ({ RoleName = '' }: sdk.GetRoleRequest, call: Call): sdk.GetRoleResponse => {
        const role = roles.list().find(({ name }) => name === RoleName);
        if (role === undefined) {
          throw noSuchEntity(`The role with name ${RoleName} cannot be found.`);
        }
        return { Role: describe(role, call) };
      },

      SimulatePrincipalPolicy: (
        input: sdk.SimulatePrincipalPolicyRequest,
        call: Call,
      ): sdk.SimulatePolicyResponse => {
        refuseWhatIsNotThere(input);
        const role = roles.find(input.PolicySourceArn ?? '');
        if (role === undefined || arnOf(role, call) !== input.PolicySourceArn) {
          throw noSuchEntity(`The role with name ${input.PolicySourceArn ?? ''} cannot be found.`);
        }
        const resources = input.ResourceArns ?? ['*'];
        return {
          EvaluationResults: (input.ActionNames ?? []).map((action) =>
            simulate(role.permissions, action, resources),
          ),
          IsTruncated: false,
        };
      },
    },
  };
}

/**
 * One result an action: the decision for all resources together, the strictest, and each resource's own beneath it.
 * Source: IAM API reference, "EvaluationResult".
 */
function simulate(
  permissions: PolicyDocument | undefined,
  action: string,
  resources: readonly string[],
): sdk.EvaluationResult {
  const decisions = resources.map((resource) => ({
    resource,
    // A role without a policy may do everything here; see `Role`.
    decision: permissions === undefined ? ('allowed' as const) : evaluate(permissions, action, resource),
  }));
  const strictest = (['explicitDeny', 'implicitDeny', 'allowed'] as const).find((one) =>
    decisions.some(({ decision }) => decision === one),
  );
  return {
    EvalActionName: action,
    EvalResourceName: resources[0],
    EvalDecision: strictest satisfies Evaluation | undefined,
    MatchedStatements: [],
    MissingContextValues: [],
    ResourceSpecificResults: decisions.map(({ resource, decision }) => ({
      EvalResourceName: resource,
      EvalResourceDecision: decision,
      MatchedStatements: [],
      MissingContextValues: [],
    })),
  };
}

/** What would change the answer and is not looked at here must not be passed over in silence. */
function refuseWhatIsNotThere(input: sdk.SimulatePrincipalPolicyRequest): void {
  const unknown = (
    [
      'CallerArn',
      'ContextEntries',
      'PermissionsBoundaryPolicyInputList',
      'PolicyInputList',
      'ResourceHandlingOption',
      'ResourceOwner',
      'ResourcePolicy',
    ] as const
  ).find((key) => input[key] !== undefined);
  if (unknown !== undefined) {
    throw new ServiceError(
      'InvalidInput',
      `The rehearsal simulates roles' own policies, without ${unknown}.`,
    );
  }
}

function describe(role: Role, call: Call): sdk.Role {
  return {
    Path: '/',
    RoleName: role.name,
    RoleId: `AROA${Buffer.from(role.name).toString('hex').toUpperCase().padEnd(17, '0').slice(0, 17)}`,
    Arn: arnOf(role, call),
    CreateDate: createdAt,
    // IAM answers policies URL-encoded. Source: IAM API reference, "Role".
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(role.trust)),
    MaxSessionDuration: 3600,
  };
}

function arnOf({ name }: Role, { accountId }: Call): string {
  return `arn:aws:iam::${accountId}:role/${name}`;
}

/** `NoSuchEntity` on the wire; the SDKs call it NoSuchEntityException. */
function noSuchEntity(message: string): ServiceError {
  return new ServiceError('NoSuchEntity', message, 404);
}
