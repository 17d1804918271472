import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { ServiceError } from '../wire/service.ts';

/** An OpenID Connect provider of the account, as IAM holds it. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly jwksUri: string;
  /** IAM's "client IDs": the `aud` that is taken. */
  readonly audiences: readonly string[];
}

export interface WebIdentity {
  readonly issuer: string;
  readonly claims: JWTPayload;
}

/** Checks web identity tokens against their issuers' published keys. */
export function webIdentityVerifier(
  issuers: () => readonly TrustedIssuer[],
): (token: string) => Promise<WebIdentity> {
  const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();
  const keysOf = (jwksUri: string): ReturnType<typeof createRemoteJWKSet> => {
    const known = keySets.get(jwksUri);
    if (known !== undefined) return known;
    const keys = createRemoteJWKSet(new URL(jwksUri));
    keySets.set(jwksUri, keys);
    return keys;
  };

  return async (token) => {
    const issuer = issuerOf(token);
    const trusted = issuers().find((candidate) => candidate.issuer === issuer);
    if (trusted === undefined) {
      throw invalid(`No OpenIDConnect provider found in your account for ${issuer}`);
    }
    const claims = await verified(token, keysOf(trusted.jwksUri), issuer);
    const audiences = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
    if (!audiences.some((audience) => trusted.audiences.includes(audience))) {
      throw invalid('Incorrect token audience');
    }
    return { issuer, claims };
  };
}

async function verified(
  token: string,
  keys: ReturnType<typeof createRemoteJWKSet>,
  issuer: string,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, requiredClaims: ['sub', 'aud', 'exp'] });
    return payload;
  } catch (error: unknown) {
    if (error instanceof errors.JWTExpired) {
      throw new ServiceError('ExpiredTokenException', `Token expired: ${error.message}`);
    }
    if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) {
      throw invalid(`The ID Token provided is not valid: ${error.message}`);
    }
    throw new ServiceError(
      'IDPCommunicationError',
      `The keys of ${issuer} could not be fetched: ${String(error)}`,
    );
  }
}

function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    throw invalid(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidIdentityToken', message);
}
