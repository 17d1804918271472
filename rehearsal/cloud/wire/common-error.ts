import { ServiceError } from './service.ts';

/** What any service answers before it looks at a request itself: who asks, is there such an operation, may they. */
export class CommonError extends ServiceError {}

/**
 * What the services of the query protocol call these, and with which status.
 * Source: "Common Error Types" of the STS and the Elastic Load Balancing API references.
 */
const queryForms: Readonly<Record<string, { readonly name: string; readonly statusCode: number }>> = {
  AccessDeniedException: { name: 'AccessDenied', statusCode: 403 },
  ExpiredTokenException: { name: 'ExpiredToken', statusCode: 403 },
  IncompleteSignatureException: { name: 'IncompleteSignature', statusCode: 400 },
  InvalidSignatureException: { name: 'SignatureDoesNotMatch', statusCode: 403 },
  MissingAuthenticationTokenException: { name: 'MissingAuthenticationToken', statusCode: 403 },
  ThrottlingException: { name: 'Throttling', statusCode: 400 },
  UnknownOperationException: { name: 'InvalidAction', statusCode: 400 },
  UnrecognizedClientException: { name: 'InvalidClientTokenId', statusCode: 403 },
};

/** An error as the query protocol names it. */
export function inQueryForm(error: ServiceError): ServiceError {
  const form = error instanceof CommonError ? queryForms[error.name] : undefined;
  return form === undefined ? error : new ServiceError(form.name, error.message, form.statusCode);
}
