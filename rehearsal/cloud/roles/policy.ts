/** An IAM policy document, as far as the rehearsal reads it. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: OneOrMore;
  readonly Principal?: {
    readonly AWS?: OneOrMore;
    readonly Federated?: OneOrMore;
    readonly Service?: OneOrMore;
  };
  readonly Resource?: OneOrMore;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;
}

type OneOrMore = string | readonly string[];

/** Who wants to be a role. */
export type Principal =
  | { readonly kind: 'aws'; readonly arn: string; readonly accountId: string }
  | { readonly kind: 'service'; readonly name: string }
  | {
      readonly kind: 'web-identity';
      readonly issuer: string;
      readonly claims: Readonly<Record<string, unknown>>;
    };

/** IAM's words for what a policy says of a call. */
export type Evaluation = 'allowed' | 'explicitDeny' | 'implicitDeny';

/** Whether a permission policy allows an action, on whatever. `Deny` wins. Source: IAM, "Policy evaluation logic". */
export function isAllowed(policy: PolicyDocument, action: string): boolean {
  return decide(policy.Statement.filter((statement) => isOfAction(statement, action))) === 'allowed';
}

/** What a permission policy says of an action on a resource. Statements with conditions never allow, and always deny. */
export function evaluate(policy: PolicyDocument, action: string, resource: string): Evaluation {
  return decide(
    policy.Statement.filter(
      (statement) =>
        isOfAction(statement, action) &&
        asList(statement.Resource).some((pattern) => wildcard(pattern).test(resource)) &&
        (statement.Condition === undefined || statement.Effect === 'Deny'),
    ),
  );
}

function isOfAction(statement: Statement, action: string): boolean {
  return asList(statement.Action).some((pattern) =>
    wildcard(pattern.toLowerCase()).test(action.toLowerCase()),
  );
}

/** Whether a trust policy lets a principal be the role: named, and every condition fulfilled. `Deny` wins. */
export function isTrusted(trust: PolicyDocument, principal: Principal): boolean {
  const action = principal.kind === 'web-identity' ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRole';
  const matching = trust.Statement.filter(
    (statement) =>
      asList(statement.Action).some((pattern) => wildcard(pattern).test(action)) &&
      isNamed(statement, principal) &&
      isFulfilled(statement, principal),
  );
  return decide(matching) === 'allowed';
}

function decide(matching: readonly Statement[]): Evaluation {
  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'explicitDeny';
  return matching.length > 0 ? 'allowed' : 'implicitDeny';
}

function isNamed({ Principal: named }: Statement, principal: Principal): boolean {
  switch (principal.kind) {
    case 'aws': {
      const root = `arn:aws:iam::${principal.accountId}:root`;
      return asList(named?.AWS).some((one) => ['*', principal.arn, principal.accountId, root].includes(one));
    }
    case 'service':
      return asList(named?.Service).includes(principal.name);
    case 'web-identity':
      return asList(named?.Federated).some((arn) =>
        arn.endsWith(`:oidc-provider/${providerOf(principal.issuer)}`),
      );
  }
}

/** Conditions are on a token's claims (`<provider>:aud`, `<provider>:sub`, …). Any other is not fulfilled. */
function isFulfilled({ Condition: conditions = {} }: Statement, principal: Principal): boolean {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const claim = principal.kind === 'web-identity' ? claimOf(principal, key) : undefined;
      return claim !== undefined && asList(wanted).some((value) => compares(operator, claim, value));
    }),
  );
}

function claimOf(
  { issuer, claims }: Extract<Principal, { kind: 'web-identity' }>,
  key: string,
): string | undefined {
  const prefix = `${providerOf(issuer)}:`;
  const claim = key.startsWith(prefix) ? claims[key.slice(prefix.length)] : undefined;
  return typeof claim === 'string' ? claim : undefined;
}

function compares(operator: string, claim: string, wanted: string): boolean {
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

/** IAM names a provider by its URL without the scheme. */
function providerOf(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '');
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
}

function asList(value: OneOrMore | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}
