import { deref, NormalizedSchema } from '@smithy/core/schema';
import { parseCbor, writeCbor, writeCborError } from './cbor.ts';
import { inQueryForm } from './common-error.ts';
import { parseJsonBody, writeJson, writeJsonError } from './json.ts';
import { readQuery, writeQuery, writeQueryError } from './query.ts';
import { ServiceError, type OperationSchema, type Service } from './service.ts';
import { readShape } from './shape.ts';

export interface Answer {
  readonly statusCode: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** @throws ServiceError where the body does not fit the operation's input, as the service would answer it */
export function readInput(service: Service, schema: OperationSchema, body: Buffer): unknown {
  const inputSchema = schemaOf(schema[4]);
  if (!NormalizedSchema.of(inputSchema).isStructSchema()) return {};
  return readShape(inputSchema, parse(service, inputSchema, body), service.missingMember ?? missingMember);
}

function parse({ protocol }: Service, inputSchema: Schema, body: Buffer): unknown {
  switch (protocol.kind) {
    case 'awsJson':
      try {
        return parseJsonBody(body.toString('utf8'));
      } catch (error: unknown) {
        throw new ServiceError('SerializationException', `The request is not JSON: ${String(error)}`);
      }
    case 'awsQuery':
      return readQuery(inputSchema, body.toString('utf8'));
    case 'rpcV2Cbor':
      try {
        return parseCbor(inputSchema, body);
      } catch (error: unknown) {
        throw new ServiceError('SerializationException', `The request is not CBOR: ${String(error)}`);
      }
  }
}

const cborType = 'application/cbor';
/** A client takes an answer without it for something else than the service. */
const cborHeaders = { 'smithy-protocol': 'rpc-v2-cbor' };

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
    case 'rpcV2Cbor':
      return {
        statusCode: 200,
        contentType: cborType,
        headers: cborHeaders,
        body: writeCbor(outputSchema, output),
      };
  }
}

export function writeError(service: Service, error: ServiceError, requestId: string): Answer {
  const { protocol, queryErrorCodes: codes } = service;
  const queryError: Record<string, string> =
    codes === undefined
      ? {}
      : {
          'x-amzn-query-error': `${codes[error.name] ?? inQueryForm(error).name};${error.statusCode >= 500 ? 'Receiver' : 'Sender'}`,
        };
  switch (protocol.kind) {
    case 'awsJson':
      return {
        statusCode: error.statusCode,
        contentType: `application/x-amz-json-${protocol.version}`,
        headers: queryError,
        body: writeJsonError(error),
      };
    case 'rpcV2Cbor':
      return {
        statusCode: error.statusCode,
        contentType: cborType,
        headers: { ...cborHeaders, ...queryError },
        body: writeCborError(error),
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
