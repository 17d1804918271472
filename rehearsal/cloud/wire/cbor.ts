import { cbor, CborCodec } from '@smithy/core/cbor';
import { NormalizedSchema } from '@smithy/core/schema';
import type { ServiceError } from './service.ts';

type Schema = Parameters<typeof NormalizedSchema.of>[0];

const codec = new CborCodec();

/** A body of Smithy's RPC v2 CBOR, with its timestamps as dates. */
export function parseCbor(input: Schema, body: Uint8Array): unknown {
  return body.length === 0 ? {} : codec.createDeserializer().read(NormalizedSchema.of(input), body);
}

/** An operation's output as its body. */
export function writeCbor(output: Schema, value: object): Uint8Array {
  const schema = NormalizedSchema.of(output);
  if (!schema.isStructSchema()) return cbor.serialize({});
  const serializer = codec.createSerializer();
  serializer.write(schema, value);
  return serializer.flush();
}

export function writeCborError(error: ServiceError): Uint8Array {
  return cbor.serialize({ ...error.members, __type: error.name, message: error.message });
}
