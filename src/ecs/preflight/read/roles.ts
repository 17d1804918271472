import { errorName, type Aws } from '../../../aws/index.ts';
import type { Grant, Read, Role, TrustPolicy } from '../facts.ts';
import { read, unlessMissing } from './read.ts';

export async function readRole(aws: Aws, arnOrName: string): Promise<Role | undefined> {
  const { GetRoleCommand } = await import('@aws-sdk/client-iam');
  const answer = await unlessMissing(
    (error) => errorName(error) === 'NoSuchEntityException',
    async () => (await aws.iam()).send(new GetRoleCommand({ RoleName: roleName(arnOrName) })),
  );
  const role = answer?.Role;
  return role?.Arn === undefined
    ? undefined
    : {
        arn: role.Arn,
        trust: JSON.parse(decodeURIComponent(role.AssumeRolePolicyDocument ?? '')) as TrustPolicy,
      };
}

/**
 * Asks IAM's simulator, which knows the role's policies and its boundary. What a resource's own policy grants beside
 * them it cannot know for a role (IAM API reference, "SimulatePrincipalPolicy": CallerArn takes users alone).
 *
 * @returns `undefined` where there is no such role, or nothing that it is wanted for
 */
export async function simulate(
  aws: Aws,
  role: { readonly name: string; readonly found: Read<Role | undefined> | undefined },
  action: string,
  resources: readonly string[],
): Promise<Grant | undefined> {
  const { name, found } = role;
  if (resources.length === 0 || found?.ok !== true || found.value === undefined) return undefined;
  const { arn } = found.value;
  const denied = await read(async () => {
    const { SimulatePrincipalPolicyCommand } = await import('@aws-sdk/client-iam');
    const { EvaluationResults: results = [] } = await (
      await aws.iam()
    ).send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: arn,
        ActionNames: [action],
        ResourceArns: [...resources],
      }),
    );
    // One result an action, and beneath it one a resource (IAM API reference, "EvaluationResult").
    const decisions = results.flatMap(({ EvalDecision, EvalResourceName, ResourceSpecificResults = [] }) =>
      ResourceSpecificResults.length === 0
        ? [{ resource: EvalResourceName, decision: EvalDecision }]
        : ResourceSpecificResults.map((one) => ({
            resource: one.EvalResourceName,
            decision: one.EvalResourceDecision,
          })),
    );
    return resources.filter(
      (resource) => decisions.find((one) => one.resource === resource)?.decision !== 'allowed',
    );
  });
  return { role: name, action, resources, denied };
}

/** IAM takes the name alone; a path before it belongs to the ARN. */
export function roleName(arnOrName: string): string {
  return arnOrName.split('/').at(-1) ?? arnOrName;
}
