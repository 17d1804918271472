import { Refused } from '../control/refused.ts';
import type { RoleSource } from '../ecs/world.ts';
import { ServiceError } from '../wire/service.ts';

export interface Role {
  readonly name: string;
  /** An IAM trust policy document. */
  readonly trust: PolicyDocument;
  /** What it may do; everything, where there is none. Resources are not looked at, only actions. */
  readonly permissions?: PolicyDocument;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Principal?: {
    readonly Federated?: string | readonly string[];
    readonly Service?: string | readonly string[];
  };
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** IAM's roles, as far as the rest of the cloud asks for them. There is no IAM API: roles are put here by the seed. */
export class Roles implements RoleSource {
  readonly #roles = new Map<string, Role>();
  /** Whether permission policies are enforced; trust policies always are. */
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
    return (
      role?.trust.Statement.some(
        (statement) =>
          statement.Effect === 'Allow' &&
          asList(statement.Action).includes('sts:AssumeRole') &&
          asList(statement.Principal?.Service ?? []).includes('ecs-tasks.amazonaws.com'),
      ) ?? false
    );
  }

  /** The refusal AWS words for an action that the role's policy does not allow. */
  authorize(roleName: string, sessionArn: string, action: string): ServiceError | undefined {
    const permissions = this.#roles.get(roleName)?.permissions;
    if (!this.enforced || permissions === undefined || isAllowed(permissions, action)) return undefined;
    return new ServiceError(
      'AccessDeniedException',
      `User: ${sessionArn} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
      400,
    );
  }
}

/** Whether a policy's statements allow an action; `Deny` wins. Source: IAM, "Policy evaluation logic". */
export function isAllowed(policy: PolicyDocument, action: string): boolean {
  const matching = policy.Statement.filter((statement) =>
    asList(statement.Action).some((pattern) => wildcard(pattern.toLowerCase()).test(action.toLowerCase())),
  );
  return (
    matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny')
  );
}

/**
 * Whether a trust policy lets a web identity in: the provider named as principal, and every condition on the
 * token's claims fulfilled (`<issuer host>:aud`, `<issuer host>:sub`, …).
 */
export function trustsWebIdentity(
  trust: PolicyDocument,
  issuer: string,
  claims: Readonly<Record<string, unknown>>,
): boolean {
  const provider = issuer.replace(/^https?:\/\//, '');
  return trust.Statement.some(
    (statement) =>
      statement.Effect === 'Allow' &&
      asList(statement.Action).includes('sts:AssumeRoleWithWebIdentity') &&
      asList(statement.Principal?.Federated ?? []).some((arn) =>
        arn.endsWith(`:oidc-provider/${provider}`),
      ) &&
      Object.entries(statement.Condition ?? {}).every(([operator, conditions]) =>
        Object.entries(conditions).every(([key, wanted]) => {
          const claim = key.startsWith(`${provider}:`) ? claims[key.slice(provider.length + 1)] : undefined;
          return typeof claim === 'string' && asList(wanted).some((value) => compare(operator, claim, value));
        }),
      ),
  );
}

function compare(operator: string, claim: string, wanted: string): boolean {
  switch (operator) {
    case 'StringEquals':
    case 'ForAnyValue:StringEquals':
      return claim === wanted;
    case 'StringLike':
    case 'ForAnyValue:StringLike':
      return wildcard(wanted).test(claim);
    default:
      // An operator that is not known here must not open a door.
      return false;
  }
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
}

function asList(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
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
