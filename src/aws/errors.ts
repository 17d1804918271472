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
  /** Refused for what was asked. */
  | 'refused';

const throttling: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'RequestThrottled',
  'SlowDown',
  'LimitExceededException',
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

export function classify(error: unknown): ErrorClass {
  const name = errorName(error);
  if (throttling.has(name)) return 'throttled';
  if (denying.has(name)) return 'denied';
  if (expiring.has(name)) return 'expired';
  const status = statusOf(error);
  return status === undefined || status >= 500 ? 'ambiguous' : 'refused';
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
  return /not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9*]+)/.exec(message)?.[1];
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata;
  return metadata?.httpStatusCode;
}
