import { errorMessage, Failure } from '../github/index.ts';

/**
 * What an AWS error means for whoever asked. By name, never by message: names are the API's contract.
 * Source: "Common errors" of the services' API references.
 */
export type ErrorClass =
  /** Asked too fast. It was not applied; ask again later. */
  | 'throttled'
  /** The caller may not. Asking again changes nothing. */
  | 'denied'
  /** The credentials are no longer good. */
  | 'expired'
  /** No answer, or a server error: it may have been applied. */
  | 'ambiguous'
  /** Refused for what was asked, or no error of AWS at all. */
  | 'refused';

const throttling: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
]);
const denying: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'UnauthorizedOperation',
  'NotAuthorized',
]);
const expiring: ReadonlySet<string> = new Set([
  'ExpiredTokenException',
  'ExpiredToken',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'RequestExpired',
  'CredentialsProviderError',
]);
/** Node's codes for a connection that was not made, or broke; the SDK hands the error on as it is. */
const broken: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

export function classify(error: unknown): ErrorClass {
  const name = errorName(error);
  if (throttling.has(name)) return 'throttled';
  if (denying.has(name)) return 'denied';
  if (expiring.has(name)) return 'expired';
  const status = statusOf(error);
  // An answer with a good status that cannot be read is one to a request that was applied.
  if (status !== undefined) return status >= 500 || status < 300 ? 'ambiguous' : 'refused';
  return name === 'TimeoutError' || broken.has(codeOf(error)) ? 'ambiguous' : 'refused';
}

/** The exception's name on the wire: `ServiceNotFoundException`. */
export function errorName(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error && typeof error.name === 'string'
    ? error.name
    : '';
}

/** The action that a denied caller would need, out of AWS's own sentence: `ecs:UpdateService`. */
export function missingPermission(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : '';
  // STS leaves the colon out, and begins with a capital letter.
  return /not authorized to perform:? ([a-z0-9-]+:[a-z0-9*]+)/i.exec(message)?.[1];
}

/** What to do about an AWS error. */
export function remedyFor(error: unknown): string {
  const permission = missingPermission(error);
  const allow = `Allow the role ${permission ?? 'what it was refused'} (docs/adopting.md, "What the role may do")`;
  switch (classify(error)) {
    case 'denied':
      return allow;
    case 'expired':
      return 'Check the job’s credentials: they have ended, or are of another account';
    case 'throttled':
      return 'AWS limits the calls of this account; run the job again, it goes on from what is there';
    case 'ambiguous':
      return 'Run the job again; it goes on from what is there';
    case 'refused':
      // A service may wrap the refusal of another, as of `iam:PassRole`, in an error of its own.
      return permission === undefined ? 'Correct what AWS refuses, and run the job again' : allow;
  }
}

/** An AWS error, for the one who has to mend it. A `Failure` stays as it is. */
export function awsFailure(what: string, where: string, error: unknown): Failure {
  return error instanceof Failure
    ? error
    : new Failure(what, { where, why: errorMessage(error), remedy: remedyFor(error), cause: error });
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null | undefined)?.$metadata;
  return metadata?.httpStatusCode;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
