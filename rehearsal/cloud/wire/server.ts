import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallLog, CallRecord } from '../calls/index.ts';
import type { Credentials } from '../credentials.ts';
import { refusalOf, type Effect, type Faults } from '../faults/index.ts';
import type { Handler } from '../server.ts';
import { callerOf } from './caller.ts';
import { CommonError } from './common-error.ts';
import { writeJsonError } from './json.ts';
import { readInput, writeError, writeOutput, type Answer } from './protocol.ts';
import type { Clocks } from './signature.ts';
import { ServiceError, type Service } from './service.ts';
import { redact } from './shape.ts';

export interface WireOptions {
  readonly services: readonly Service[];
  readonly credentials: Credentials;
  readonly clocks: () => Clocks;
  /** The refusal where the caller's role may not do this. */
  readonly authorize: (roleName: string, sessionArn: string, action: string) => ServiceError | undefined;
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly accountId: string;
  readonly log: (message: string) => void;
  /** Aborted when the cloud stops, so that no delayed call keeps it. */
  readonly stopping: AbortSignal;
}

const bodyLimitBytes = 16 * 1024 * 1024;
/** Inputs above it are left out of the call log. */
const recordedBytes = 64 * 1024;

/** AWS's JSON, query and CBOR protocols over HTTP, for all services at one address. */
export function wireHandler(options: WireOptions): Handler {
  return async (request, response) => {
    const requestId = randomUUID();
    response.setHeader('x-amzn-requestid', requestId);
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const target = addressed(options.services, request, body);
    if (target === undefined) {
      const asked = header(request, 'x-amz-target') ?? `${request.method ?? ''} ${request.url ?? ''}`;
      const error = new ServiceError(
        'UnknownOperationException',
        `The rehearsal has no service for ${asked}.`,
      );
      options.log(error.message);
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(writeJsonError(error));
      return;
    }
    const answer = await answerTo(options, target, request, body, requestId);
    if (answer === 'lost') {
      request.socket.destroy();
      return;
    }
    response
      .writeHead(answer.statusCode, { ...answer.headers, 'content-type': answer.contentType })
      .end(answer.body);
  };
}

interface Target {
  readonly service: Service;
  readonly operation: string;
}

function addressed(services: readonly Service[], request: IncomingMessage, body: Buffer): Target | undefined {
  const path = /^\/service\/(\w+)\/operation\/(\w+)$/.exec(request.url ?? '');
  if (path !== null && header(request, 'smithy-protocol') === 'rpc-v2-cbor') {
    const [, prefix, operation = ''] = path;
    const service = services.find(
      ({ protocol }) =>
        protocol.kind === 'awsJson' && protocol.orCbor === true && protocol.targetPrefix === prefix,
    );
    return service && { service: { ...service, protocol: { kind: 'rpcV2Cbor' } }, operation };
  }
  const target = header(request, 'x-amz-target');
  if (target !== undefined) {
    const [prefix, operation = ''] = target.split('.');
    const service = services.find(
      ({ protocol }) => protocol.kind === 'awsJson' && protocol.targetPrefix === prefix,
    );
    return service && { service, operation };
  }
  const form = new URLSearchParams(body.toString('utf8'));
  const service = services.find(
    ({ protocol }) => protocol.kind === 'awsQuery' && protocol.apiVersion === form.get('Version'),
  );
  return service && { service, operation: form.get('Action') ?? '' };
}

/**
 * One call, in AWS's order: who asks, is there such an operation, does the input fit, may they; then the faults,
 * then the operation itself.
 */
async function answerTo(
  options: WireOptions,
  target: Target,
  request: IncomingMessage,
  body: Buffer,
  requestId: string,
): Promise<Answer | 'lost'> {
  const { service, operation } = target;
  let record: CallRecord | undefined;
  let effects: readonly Effect[] = [];
  const startedAt = performance.now();
  const finish = (outcome: CallRecord['outcome']): void => {
    if (record === undefined) return;
    record.outcome = outcome;
    record.ms = Math.round((performance.now() - startedAt) * 10) / 10;
  };
  let answer: Answer;
  try {
    const caller = callerOf(request, body, operation, options.credentials, options.clocks());
    const { schema, handler } = implementationOf(target, options.log);
    const input = readInput(service, schema, body);
    record = options.calls.begin({
      service: service.id,
      operation,
      callerArn: caller.arn,
      userAgent: header(request, 'user-agent') ?? '',
      input: body.length > recordedBytes ? undefined : redact(schema[4], input),
    });
    await options.calls.announce('before', record);
    if (caller.roleName !== undefined) {
      const action = `${service.iamPrefix ?? service.id}:${operation}`;
      const refusal = options.authorize(caller.roleName, caller.arn, action);
      if (refusal !== undefined) throw refusal;
    }
    effects = options.faults.strike(service.id, operation);
    await suffer(effects, options.stopping);
    const output = await handler(input, {
      requestId,
      region: caller.region,
      accountId: options.accountId,
      callerArn: caller.arn,
      accessKeyId: caller.accessKeyId,
    });
    await options.calls.announce('after', record);
    answer = writeOutput(service, operation, schema, output, requestId);
    finish('answered');
  } catch (error: unknown) {
    if (options.stopping.aborted) return 'lost';
    const failure = asServiceError(error, `${service.id}.${operation}`, options.log);
    answer = writeError(service, failure, requestId);
    finish(failure.name);
  }
  if (effects.some(({ kind }) => kind === 'lose-answer')) {
    finish('answer-lost');
    return 'lost';
  }
  return answer;
}

function implementationOf({ service, operation }: Target, log: (message: string) => void) {
  const schema = own(service.schemas, operation);
  const handler = own(service.operations, operation);
  if (schema !== undefined && handler !== undefined) return { schema, handler };
  log(`${service.id}.${operation} is not part of the rehearsal.`);
  throw new CommonError('UnknownOperationException', `${operation} is not part of the rehearsal.`);
}

/** An operation's name comes from outside: `constructor` must not find what every object has. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

async function suffer(effects: readonly Effect[], stopping: AbortSignal): Promise<void> {
  for (const effect of effects) {
    if (effect.kind === 'delay') await sleep(effect.ms, undefined, { signal: stopping });
    const refusal = refusalOf(effect);
    if (refusal !== undefined) throw refusal;
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** `undefined` where it is larger than any AWS API takes. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function asServiceError(error: unknown, what: string, log: (message: string) => void): ServiceError {
  if (error instanceof ServiceError) return error;
  log(`${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new ServiceError('InternalFailure', 'The rehearsal itself failed; its log says more.', 500);
}
