import type { IncomingMessage } from 'node:http';
import type { Credentials, Identity } from '../credentials.ts';
import { CommonError } from './common-error.ts';
import { checkSignature, readSignature, type Clocks } from './signature.ts';

export interface Caller extends Identity {
  readonly accessKeyId: string;
  readonly region: string;
}

/** Operations that are asked for without credentials: the token is in the request. */
const unsigned: ReadonlySet<string> = new Set(['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']);

/**
 * @throws CommonError as AWS refuses a request that is not signed, or not by a key that it knows
 */
export function callerOf(
  request: IncomingMessage,
  body: Uint8Array,
  operation: string,
  credentials: Credentials,
  clocks: Clocks,
): Caller {
  const { authorization, 'x-amz-security-token': token } = request.headers;
  if (authorization === undefined) {
    if (unsigned.has(operation)) return { arn: 'anonymous', accessKeyId: '', region: 'us-east-1' };
    throw new CommonError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const signature = readSignature(authorization);
  const { accessKeyId, region } = signature;
  const { identity, secretAccessKey } = credentials.identify(
    accessKeyId,
    typeof token === 'string' ? token : undefined,
  );
  checkSignature(signature, request, body, secretAccessKey, clocks);
  return { ...identity, accessKeyId, region };
}
