import { deref, NormalizedSchema } from '@smithy/core/schema';
import { inQueryForm } from './common-error.ts';
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

export function writeError({ protocol }: Service, error: ServiceError, requestId: string): Answer {
  switch (protocol.kind) {
    case 'awsJson':
      return {
        statusCode: error.statusCode,
        contentType: `application/x-amz-json-${protocol.version}`,
        body: writeJsonError(error),
      };
    case 'awsQuery': {
      const asQuery = inQueryForm(error);
      return {
        statusCode: asQuery.statusCode,
        contentType: 'text/xml',
        body: writeQueryError(asQuery, protocol.namespace, requestId),
      };
    }
  }
}

type Schema = Parameters<typeof NormalizedSchema.of>[0];

function schemaOf(reference: unknown): Schema {
  return deref(reference as never);
}
