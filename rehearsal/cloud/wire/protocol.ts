import { deref, NormalizedSchema } from '@smithy/core/schema';
import { parseJsonBody, writeJson, writeJsonError } from './json.ts';
import { readQuery, writeQuery, writeQueryError } from './query.ts';
import { ServiceError, type OperationSchema, type Service } from './service.ts';
import { readShape } from './shape.ts';

export interface Answer {
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** @throws ServiceError where the body does not fit the operation's input, as the service would answer it */
export function readInput(service: Service, schema: OperationSchema, body: string): unknown {
  const inputSchema = schemaOf(schema[4]);
  if (!NormalizedSchema.of(inputSchema).isStructSchema()) return {};
  return readShape(inputSchema, parse(service, inputSchema, body), service.missingMember ?? missingMember);
}

function parse({ protocol }: Service, inputSchema: Schema, body: string): unknown {
  switch (protocol.kind) {
    case 'awsJson':
      try {
        return parseJsonBody(body);
      } catch (error: unknown) {
        throw new ServiceError('SerializationException', `The request is not JSON: ${String(error)}`);
      }
    case 'awsQuery':
      return readQuery(inputSchema, body);
  }
}

/** Every required member of the shape itself: AWS's wording, by the services that have no other. */
function missingMember(path: string): ServiceError {
  const member = path.charAt(0).toLowerCase() + path.slice(1);
  return new ServiceError(
    'ValidationException',
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}

export function writeOutput(
  { protocol }: Service,
  operation: string,
  schema: OperationSchema,
  output: object,
  requestId: string,
): Answer {
  const outputSchema = schemaOf(schema[5]);
  switch (protocol.kind) {
    case 'awsJson':
      return {
        statusCode: 200,
        contentType: `application/x-amz-json-${protocol.version}`,
        body: writeJson(outputSchema, output),
      };
    case 'awsQuery':
      return {
        statusCode: 200,
        contentType: 'text/xml',
        body: writeQuery(operation, protocol.namespace, outputSchema, output, requestId),
      };
  }
}

/**
 * Names under which services of the query protocol answer what all services check first; those are 403 there.
 * Source: "Common Errors" of the STS and the ELB API references.
 */
const queryNames: Readonly<Record<string, string>> = {
  UnrecognizedClientException: 'InvalidClientTokenId',
  ExpiredTokenException: 'ExpiredToken',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  UnknownOperationException: 'InvalidAction',
  AccessDeniedException: 'AccessDenied',
};

export function writeError({ protocol }: Service, error: ServiceError, requestId: string): Answer {
  switch (protocol.kind) {
    case 'awsJson':
      return {
        statusCode: error.statusCode,
        contentType: `application/x-amz-json-${protocol.version}`,
        body: writeJsonError(error),
      };
    case 'awsQuery':
      return {
        statusCode: error.statusCode,
        contentType: 'text/xml',
        body: writeQueryError(
          {
            name: queryNames[error.name] ?? error.name,
            message: error.message,
            statusCode: error.statusCode,
          },
          protocol.namespace,
          requestId,
        ),
      };
  }
}

type Schema = Parameters<typeof NormalizedSchema.of>[0];

function schemaOf(reference: unknown): Schema {
  return deref(reference as never);
}
