import type { IncomingMessage } from 'node:http';
import type { Credentials, Identity } from '../credentials.ts';
import { CommonError } from './common-error.ts';

export interface Caller extends Identity {
  readonly accessKeyId: string;
  readonly region: string;
}

/** `AWS4-HMAC-SHA256 Credential=AKID/20261124/eu-west-1/ecs/aws4_request, …` */
const authorizationPattern =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/;

/** Operations that are asked for without credentials: the token is in the request. */
const unsigned: ReadonlySet<string> = new Set(['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']);

/** @throws CommonError as AWS refuses a request that is not signed, or signed by a key that it does not know */
export function callerOf(request: IncomingMessage, operation: string, credentials: Credentials): Caller {
  const authorization = request.headers.authorization;
  if (authorization === undefined) {
    if (unsigned.has(operation)) return { arn: 'anonymous', accessKeyId: '', region: 'us-east-1' };
    throw new CommonError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  const match = authorizationPattern.exec(authorization);
  if (match === null) {
    throw new CommonError(
      'IncompleteSignatureException',
      `Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters of AWS4-HMAC-SHA256.`,
      403,
    );
  }
  const [, accessKeyId = '', region = ''] = match;
  const token = request.headers['x-amz-security-token'];
  return {
    ...credentials.identify(accessKeyId, typeof token === 'string' ? token : undefined),
    accessKeyId,
    region,
  };
}
