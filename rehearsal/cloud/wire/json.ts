import { JsonCodec2 } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { ServiceError } from './service.ts';

type Schema = Parameters<typeof NormalizedSchema.of>[0];

/** Timestamps are seconds since the epoch in AWS's JSON protocols (Smithy: epoch-seconds, 7). */
const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: 7 }, jsonName: false });

export function parseJsonBody(body: string): unknown {
  return body.trim() === '' ? {} : (JSON.parse(body) as unknown);
}

/** An operation's output as its body. */
export function writeJson(output: Schema, value: object): string | Uint8Array {
  const schema = NormalizedSchema.of(output);
  if (!schema.isStructSchema()) return '{}';
  const serializer = codec.createSerializer();
  serializer.write(schema, value);
  return serializer.flush();
}

/** `__type` and `message`, as both the SDKs and botocore read them. */
export function writeJsonError(error: ServiceError): string {
  return JSON.stringify({ ...error.members, __type: error.name, message: error.message });
}
