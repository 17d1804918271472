import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { deref, NormalizedSchema } from '@smithy/core/schema';
import type { CallLog } from '../calls/index.ts';
import type { Credentials } from '../credentials.ts';
import { refusalOf, type Effect, type Faults } from '../faults/index.ts';
import type { Handler } from '../server.ts';
import { parseJsonBody, writeJson, writeJsonError } from './json.ts';
import { readQuery, writeQuery, writeQueryError } from './query.ts';
import { ServiceError, type Call, type OperationSchema, type Service } from './service.ts';
import { readShape } from './shape.ts';

export interface WireOptions {
  readonly services: readonly Service[];
  readonly credentials: Credentials;
  /** Whether the caller may do this; answers the refusal where not. */
  readonly authorize: (roleName: string, sessionArn: string, action: string) => ServiceError | undefined;
  readonly faults: Faults;
  readonly calls: CallLog;
  /** Called after every call that was applied. */
  readonly changed: () => void;
  readonly accountId: string;
  readonly log: (message: string) => void;
  /** Aborted when the cloud stops, so that no delayed call keeps it. */
  readonly stopping: AbortSignal;
}

const bodyLimitBytes = 16 * 1024 * 1024;

/** AWS's JSON and query protocols over HTTP, for all services at one address. */
export function wireHandler(options: WireOptions): Handler {
  return async (request, response) => {
    const requestId = randomUUID();
    response.setHeader('x-amzn-requestid', requestId);
    const body = await readBody(request);
    const target = body === undefined ? 'too-large' : addressed(options.services, request, body);
    if (body === undefined || target === 'too-large') {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    if (target === undefined) {
      const asked = header(request, 'x-amz-target') ?? `${request.method ?? ''} ${request.url ?? ''}`;
      options.log(`${asked}: the rehearsal has no such service.`);
      const error = new ServiceError('UnknownOperationException', `${asked}: the rehearsal has no such service.`);
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(writeJsonError(error));
      return;
    }
    const answer = await handle(options, target, request, body, requestId);
    if (answer === 'lost') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.statusCode, { 'content-type': answer.contentType });
    response.end(answer.body);
  };
}

interface Target {
  readonly service: Service;
  readonly operation: string;
}

interface Answer {
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string;
}

async function handle(
  options: WireOptions,
  { service, operation }: Target,
  request: IncomingMessage,
  body: string,
  requestId: string,
): Promise<Answer | 'lost'> {
  const schema = service.schemas[operation];
  const startedAt = performance.now();
  let record: ReturnType<CallLog['begin']> | undefined;
  const finish = (outcome: string): void => {
    if (record === undefined) return;
    record.outcome = outcome;
    record.ms = Math.round((performance.now() - startedAt) * 10) / 10;
  };
  try {
    const call = identify(options, request, requestId, operation);
    const handler = service.operations[operation];
    if (schema === undefined || handler === undefined) {
      options.log(`${service.id}.${operation} is not part of the rehearsal.`);
      throw new ServiceError('UnknownOperationException', `${operation} is not part of the rehearsal.`, 400);
    }
    const refusal =
      call.roleName === undefined
        ? undefined
        : options.authorize(call.roleName, call.callerArn, `${service.iamPrefix ?? service.id}:${operation}`);
    const input = readInput(service, operation, schema, body);
    record = options.calls.begin({
      service: service.id,
      operation,
      callerArn: call.callerArn,
      userAgent: header(request, 'user-agent') ?? '',
      input,
    });
    await options.calls.announce('before', record);
    if (refusal !== undefined) throw refusal;
    const effects = options.faults.strike(service.id, operation);
    await suffer(effects);
    const output = await handler(input, call);
    if (!/^(Describe|List|Get)/.test(operation)) options.changed();
    await options.calls.announce('after', record);
    if (effects.some((effect) => effect.kind === 'lose-answer')) {
      finish('answer-lost');
      return 'lost';
    }
    finish('answered');
    return succeed(service, operation, schema, output, requestId);
  } catch (error: unknown) {
    const failure = asServiceError(error, options.log, `${service.id}.${operation}`);
    finish(failure.name);
    return fail(service, failure, requestId);
  }
}

function readInput(service: Service, operation: string, schema: OperationSchema, body: string): unknown {
  const missing = service.missingMember ?? missingMember;
  const inputSchema = deref(schema[4] as never);
  switch (service.protocol.kind) {
    case 'awsJson': {
      let parsed: unknown;
      try {
        parsed = parseJsonBody(body);
      } catch (error: unknown) {
        throw new ServiceError('SerializationException', `The request is not JSON: ${String(error)}`);
      }
      return NormalizedSchema.of(inputSchema).isStructSchema() ? readShape(inputSchema, parsed, missing) : {};
    }
    case 'awsQuery': {
      const { input } = readQuery(body, () => inputSchema);
      return NormalizedSchema.of(inputSchema).isStructSchema() ? readShape(inputSchema, input, missing) : {};
    }
  }
  throw new TypeError(`${operation}: unknown protocol`);
}

function missingMember(path: string): ServiceError {
  return new ServiceError(
    'ValidationException',
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
}

function succeed(
  service: Service,
  operation: string,
  schema: OperationSchema,
  output: object,
  requestId: string,
): Answer {
  const outputSchema = deref(schema[5] as never);
  switch (service.protocol.kind) {
    case 'awsJson':
      return {
        statusCode: 200,
        contentType: `application/x-amz-json-${service.protocol.version}`,
        body: writeJson(outputSchema, output),
      };
    case 'awsQuery':
      return {
        statusCode: 200,
        contentType: 'text/xml',
        body: writeQuery(operation, service.protocol.namespace, outputSchema, output, requestId),
      };
  }
}

function fail(service: Service, error: ServiceError, requestId: string): Answer {
  switch (service.protocol.kind) {
    case 'awsJson':
      return {
        statusCode: error.statusCode,
        contentType: `application/x-amz-json-${service.protocol.version}`,
        body: writeJsonError(error),
      };
    case 'awsQuery':
      return {
        statusCode: error.statusCode,
        contentType: 'text/xml',
        body: writeQueryError(error, service.protocol.namespace, requestId),
      };
  }
}

async function suffer(effects: readonly Effect[], stopping: AbortSignal): Promise<void> {
  for (const effect of effects) {
    if (effect.kind === 'delay') await sleep(effect.ms, undefined, { signal: stopping });
    const refusal = refusalOf(effect);
    if (refusal !== undefined) throw refusal;
  }
}

function addressed(services: readonly Service[], request: IncomingMessage, body: string): Target | undefined {
  const target = header(request, 'x-amz-target');
  if (target !== undefined) {
    const [prefix, operation] = target.split('.');
    const service = services.find(
      ({ protocol }) => protocol.kind === 'awsJson' && protocol.targetPrefix === prefix,
    );
    return service === undefined ? undefined : { service, operation: operation ?? '' };
  }
  const form = new URLSearchParams(body);
  const version = form.get('Version');
  const service = services.find(
    ({ protocol }) => protocol.kind === 'awsQuery' && protocol.apiVersion === version,
  );
  return service === undefined ? undefined : { service, operation: form.get('Action') ?? '' };
}

/** `AWS4-HMAC-SHA256 Credential=AKID/20261124/eu-west-1/ecs/aws4_request, …` */
const authorizationPattern = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/;

/** Operations that are asked for without credentials: the token is in the request. */
const unsigned: ReadonlySet<string> = new Set(['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']);

function identify(
  options: WireOptions,
  request: IncomingMessage,
  requestId: string,
  operation: string,
): Call & { roleName?: string } {
  const common = { requestId, accountId: options.accountId };
  const authorization = header(request, 'authorization');
  const match = authorizationPattern.exec(authorization ?? '');
  if (match === null) {
    if (unsigned.has(operation))
      return { ...common, region: 'us-east-1', callerArn: 'anonymous', accessKeyId: '' };
    throw authorization === undefined
      ? new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403)
      : new ServiceError(
          'IncompleteSignatureException',
          'Authorization header is not a Signature Version 4 one.',
          400,
        );
  }
  const [, accessKeyId = '', region = ''] = match;
  const { arn, roleName } = options.credentials.identify(
    accessKeyId,
    header(request, 'x-amz-security-token'),
  );
  return { ...common, region, callerArn: arn, accessKeyId, ...(roleName === undefined ? {} : { roleName }) };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** `undefined` where it is larger than any AWS API takes. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function asServiceError(error: unknown, log: (message: string) => void, what: string): ServiceError {
  if (error instanceof ServiceError) return error;
  log(`${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new ServiceError('InternalFailure', 'The rehearsal itself failed; its log says more.', 500);
}
