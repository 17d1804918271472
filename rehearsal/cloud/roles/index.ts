import { Refused } from '../control/refused.ts';
import type { RoleSource } from '../ecs/world.ts';
import { CommonError } from '../wire/common-error.ts';
import { evaluate, isAllowed, isTrusted, type PolicyDocument } from './policy.ts';

export { evaluate, isTrusted };
export type { Evaluation, PolicyDocument, Principal, Statement } from './policy.ts';

export interface Role {
  readonly name: string;
  readonly trust: PolicyDocument;
  /**
   * What it may do; everything, where there is none. Of callers only the actions are looked at; of the roles that ECS
   * itself takes, and in simulations, the resources too.
   */
  readonly permissions?: PolicyDocument;
}

/** What every identity may ask. Source: STS API reference, "GetCallerIdentity". */
const alwaysAllowed = 'sts:GetCallerIdentity';

/** IAM's roles, as far as the rest of the cloud asks for them. IAM's API only reads: the seed and tests put them here. */
export class Roles implements RoleSource {
  readonly #roles = new Map<string, Role>();
  /** Whether permission policies are enforced. Trust policies always are. */
  enforced = false;

  put(role: Role): void {
    this.#roles.set(role.name, role);
  }

  find(arnOrName: string): Role | undefined {
    return this.#roles.get(arnOrName.split('/').at(-1) ?? arnOrName);
  }

  remove(name: string): boolean {
    return this.#roles.delete(name);
  }

  list(): readonly Role[] {
    return [...this.#roles.values()];
  }

  save(): { enforced: boolean; roles: readonly Role[] } {
    return { enforced: this.enforced, roles: this.list() };
  }

  load({ enforced, roles }: { enforced: boolean; roles: readonly Role[] }): void {
    this.enforced = enforced;
    this.#roles.clear();
    for (const role of roles) this.put(role);
  }

  canBeAssumedByTasks(roleArn: string): boolean {
    const role = this.find(roleArn);
    return role !== undefined && isTrusted(role.trust, { kind: 'service', name: 'ecs-tasks.amazonaws.com' });
  }

  /** Whether the policy of a role that a task is started with lets it read a secret or a parameter. */
  mayRead(roleArn: string, action: string, resource: string): boolean {
    const permissions = this.find(roleArn)?.permissions;
    return permissions === undefined || evaluate(permissions, action, resource) === 'allowed';
  }

  /** Who a task is, to whoever refuses it: AWS names the session after the task, which is not known here. */
  taskIdentity(roleArn: string): string {
    return `User: ${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/ecs-task`;
  }

  /** The refusal, in AWS's words, of an action that the role's policy does not allow. */
  authorize(roleName: string, sessionArn: string, action: string): CommonError | undefined {
    const permissions = this.#roles.get(roleName)?.permissions;
    if (!this.enforced || permissions === undefined || action === alwaysAllowed) return undefined;
    if (isAllowed(permissions, action)) return undefined;
    return new CommonError(
      'AccessDeniedException',
      `User: ${sessionArn} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
    );
  }
}

/** Reads a role from the control plane's JSON. @throws Refused with what is wrong, and what it takes */
export function readRole(name: string, value: unknown): Role {
  if (!/^[\w+=,.@-]{1,64}$/.test(name)) throw new Refused(`"${name}" is not the name of a role.`);
  const { trust, permissions } = (value ?? {}) as { trust?: unknown; permissions?: unknown };
  if (!isPolicy(trust)) throw new Refused('A role takes "trust", a trust policy document with "Statement".');
  if (permissions === undefined) return { name, trust };
  if (!isPolicy(permissions)) {
    throw new Refused('"permissions" takes a policy document whose statements have "Effect" and "Action".');
  }
  return { name, trust, permissions };
}

function isPolicy(value: unknown): value is PolicyDocument {
  const statements = (value as { Statement?: unknown } | null | undefined)?.Statement;
  return (
    Array.isArray(statements) &&
    statements.every((statement: unknown) => {
      const { Effect: effect, Action: action } = (statement ?? {}) as Record<string, unknown>;
      return (
        (effect === 'Allow' || effect === 'Deny') && (typeof action === 'string' || Array.isArray(action))
      );
    })
  );
}
