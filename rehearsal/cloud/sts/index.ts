import {
  AssumeRoleWithWebIdentity$,
  GetCallerIdentity$,
  type AssumeRoleWithWebIdentityRequest,
  type AssumeRoleWithWebIdentityResponse,
  type GetCallerIdentityResponse,
} from '@aws-sdk/client-sts';
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import type { Credentials } from '../credentials.ts';
import { trustsWebIdentity, type Roles } from '../roles/index.ts';
import { ServiceError, type Call, type Service } from '../wire/service.ts';

/** An OpenID Connect provider that the account knows. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly audiences: readonly string[];
}

export interface StsOptions {
  readonly roles: Roles;
  readonly credentials: Credentials;
  readonly issuers: () => readonly TrustedIssuer[];
}

const defaultSeconds = 3600;

export function createSts({ roles, credentials, issuers }: StsOptions): Service {
  const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

  const verify = async (token: string): Promise<{ issuer: string; claims: JWTPayload }> => {
    const issuer = issuerOf(token);
    const trusted = issuers().find((candidate) => candidate.issuer === issuer);
    if (trusted === undefined) {
      throw new ServiceError(
        'InvalidIdentityToken',
        `No OpenIDConnect provider found in your account for ${issuer}`,
      );
    }
    let keys = keySets.get(trusted.jwksUri);
    if (keys === undefined) {
      keys = createRemoteJWKSet(new URL(trusted.jwksUri));
      keySets.set(trusted.jwksUri, keys);
    }
    try {
      const { payload } = await jwtVerify(token, keys, { issuer: trusted.issuer });
      const audiences = typeof payload.aud === 'string' ? [payload.aud] : (payload.aud ?? []);
      if (!audiences.some((audience) => trusted.audiences.includes(audience))) {
        throw new ServiceError('InvalidIdentityToken', 'Incorrect token audience');
      }
      return { issuer: trusted.issuer, claims: payload };
    } catch (error: unknown) {
      if (error instanceof ServiceError) throw error;
      if (error instanceof errors.JWTExpired) {
        throw new ServiceError(
          'ExpiredTokenException',
          'Token expired: the web identity token is past its exp claim',
        );
      }
      throw new ServiceError('InvalidIdentityToken', `The ID Token provided is not valid: ${String(error)}`);
    }
  };

  return {
    id: 'sts',
    protocol: {
      kind: 'awsQuery',
      apiVersion: '2011-06-15',
      namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    },
    schemas: { GetCallerIdentity: GetCallerIdentity$, AssumeRoleWithWebIdentity: AssumeRoleWithWebIdentity$ },
    operations: {
      GetCallerIdentity: (_input: object, call: Call): GetCallerIdentityResponse => ({
        Account: call.accountId,
        Arn: call.callerArn,
        UserId: call.accessKeyId,
      }),

      AssumeRoleWithWebIdentity: async (
        input: AssumeRoleWithWebIdentityRequest,
        call: Call,
      ): Promise<AssumeRoleWithWebIdentityResponse> => {
        const { issuer, claims } = await verify(input.WebIdentityToken ?? '');
        const roleArn = input.RoleArn ?? '';
        const role = roles.find(roleArn);
        if (
          role === undefined ||
          roleArn !== `arn:aws:iam::${call.accountId}:role/${role.name}` ||
          !trustsWebIdentity(role.trust, issuer, claims)
        ) {
          throw new ServiceError(
            'AccessDenied',
            'Not authorized to perform sts:AssumeRoleWithWebIdentity',
            403,
          );
        }
        const sessionName = input.RoleSessionName ?? '';
        if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
          throw new ServiceError(
            'ValidationError',
            `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
          );
        }
        const session = credentials.issue(role.name, sessionName, input.DurationSeconds ?? defaultSeconds);
        return {
          Credentials: {
            AccessKeyId: session.accessKeyId,
            SecretAccessKey: session.secretAccessKey,
            SessionToken: session.sessionToken,
            Expiration: session.expiration,
          },
          SubjectFromWebIdentityToken: claims.sub,
          AssumedRoleUser: { AssumedRoleId: `AROA:${sessionName}`, Arn: session.arn },
          Provider: issuer,
          Audience: typeof claims.aud === 'string' ? claims.aud : claims.aud?.[0],
        };
      },
    },
  };
}

function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    throw new ServiceError('InvalidIdentityToken', 'The ID Token provided is not a valid JWT');
  }
}
