import * as sdk from '@aws-sdk/client-sts';
import type { Credentials, Session } from '../credentials.ts';
import { isTrusted, type Principal, type Role, type Roles } from '../roles/index.ts';
import { ServiceError, type Call, type Service } from '../wire/service.ts';
import { webIdentityVerifier, type TrustedIssuer } from './web-identity.ts';

export type { TrustedIssuer };

export interface StsOptions {
  readonly roles: Roles;
  readonly credentials: Credentials;
  /** Read on every call: a hub that comes up later adds itself. */
  readonly issuers: () => readonly TrustedIssuer[];
}

/** One hour, which is also a role's maximum where nothing else is said. */
const sessionSeconds = 3600;

/** STS: who am I, and sessions of roles for those whom their trust policies name. */
export function createSts({ roles, credentials, issuers }: StsOptions): Service {
  const verify = webIdentityVerifier(issuers);

  const assume = (
    operation: 'AssumeRole' | 'AssumeRoleWithWebIdentity',
    input: {
      RoleArn?: string | undefined;
      RoleSessionName?: string | undefined;
      DurationSeconds?: number | undefined;
    },
    call: Call,
    principal: Principal,
  ): { role: Role; session: Session } => {
    const { RoleArn = '', RoleSessionName = '', DurationSeconds = sessionSeconds } = input;
    checkRoleArn(operation, RoleArn);
    checkSessionName(RoleSessionName);
    checkDuration(DurationSeconds);
    const role = roles.find(RoleArn);
    const exists = role !== undefined && RoleArn === `arn:aws:iam::${call.accountId}:role/${role.name}`;
    // A role that is not there and one that trusts somebody else are answered alike, as on AWS.
    if (!exists || !isTrusted(role.trust, principal)) {
      throw new ServiceError(
        'AccessDenied',
        operation === 'AssumeRole'
          ? `User: ${call.callerArn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`
          : 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
        403,
      );
    }
    return { role, session: credentials.issue(role.name, RoleSessionName, DurationSeconds) };
  };

  return {
    id: 'sts',
    protocol: {
      kind: 'awsQuery',
      apiVersion: '2011-06-15',
      namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    },
    schemas: {
      AssumeRole: sdk.AssumeRole$,
      AssumeRoleWithWebIdentity: sdk.AssumeRoleWithWebIdentity$,
      GetCallerIdentity: sdk.GetCallerIdentity$,
    },
    missingMember: (path) =>
      validationError(
        `1 validation error detected: Value null at '${path.charAt(0).toLowerCase()}${path.slice(1)}' failed to satisfy constraint: Member must not be null`,
      ),
    operations: {
      GetCallerIdentity: (_input: object, call: Call): sdk.GetCallerIdentityResponse => ({
        Account: call.accountId,
        Arn: call.callerArn,
        UserId: userIdOf(call),
      }),

      AssumeRole: (input: sdk.AssumeRoleRequest, call: Call): sdk.AssumeRoleResponse => {
        const { role, session } = assume('AssumeRole', input, call, {
          kind: 'aws',
          arn: call.callerArn,
          accountId: call.accountId,
        });
        return { Credentials: asCredentials(session), AssumedRoleUser: asUser(role, session) };
      },

      AssumeRoleWithWebIdentity: async (
        input: sdk.AssumeRoleWithWebIdentityRequest,
        call: Call,
      ): Promise<sdk.AssumeRoleWithWebIdentityResponse> => {
        const { issuer, claims } = await verify(input.WebIdentityToken ?? '');
        const { role, session } = assume('AssumeRoleWithWebIdentity', input, call, {
          kind: 'web-identity',
          issuer,
          claims,
        });
        return {
          Credentials: asCredentials(session),
          AssumedRoleUser: asUser(role, session),
          SubjectFromWebIdentityToken: claims.sub,
          Provider: issuer,
          Audience: typeof claims.aud === 'string' ? claims.aud : claims.aud?.[0],
        };
      },
    },
  };
}

/** The length by the API reference; the words of either operation as in reports of users. */
function checkRoleArn(operation: 'AssumeRole' | 'AssumeRoleWithWebIdentity', arn: string): void {
  if (arn.length < 20) {
    throw validationError(
      `1 validation error detected: Value '${arn}' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20`,
    );
  }
  if (/^arn:[\w-]+:iam::\d{12}:role\/./.test(arn)) return;
  throw validationError(operation === 'AssumeRole' ? `${arn} is invalid` : 'Request ARN is invalid');
}

function checkSessionName(name: string): void {
  if (/^[\w+=,.@-]{2,64}$/.test(name)) return;
  throw validationError(
    `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
  );
}

function checkDuration(seconds: number): void {
  if (seconds < 900) {
    throw validationError(
      `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900`,
    );
  }
  if (seconds > sessionSeconds) {
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
}

function validationError(message: string): ServiceError {
  return new ServiceError('ValidationError', message);
}

function asCredentials(session: Session): sdk.Credentials {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: session.expiration,
  };
}

function asUser({ name }: Role, { arn }: Session): sdk.AssumedRoleUser {
  return { Arn: arn, AssumedRoleId: `${roleIdOf(name)}:${arn.split('/').at(-1) ?? ''}` };
}

/** `AROA…:session` of a session, the access key of the administrator. */
function userIdOf({ callerArn, accessKeyId }: Call): string {
  const [, role, session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(callerArn) ?? [];
  return role === undefined || session === undefined ? accessKeyId : `${roleIdOf(role)}:${session}`;
}

/** IAM's unique ids look like `AROA3XFRBF23EXAMPLE`; the same role always has the same one. */
function roleIdOf(name: string): string {
  return `AROA${Buffer.from(name).toString('hex').toUpperCase().padEnd(17, '0').slice(0, 17)}`;
}
