import { deref, NormalizedSchema } from '@smithy/core/schema';
import { ServiceError } from './service.ts';

type Schema = Parameters<typeof NormalizedSchema.of>[0];

/**
 * Reads a JSON value as a shape of the SDK's own schemas: unknown members are dropped as AWS drops them, wrong
 * types are a `SerializationException`, and members that the shape requires must be there.
 *
 * @param missing the error that this service answers where a required member is absent
 * @throws ServiceError
 */
export function readShape(schema: Schema, value: unknown, missing: (path: string) => ServiceError): unknown {
  return read(NormalizedSchema.of(schema), value, '', missing);
}

function read(
  schema: NormalizedSchema,
  value: unknown,
  path: string,
  missing: (path: string) => ServiceError,
): unknown {
  if (value === null || value === undefined) return undefined;
  if (schema.isStructSchema()) {
    if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(path, 'a structure', value);
    const source = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    const required = requiredMembers(schema);
    for (const [name, member] of schema.structIterator()) {
      const at = path === '' ? name : `${path}.${name}`;
      const given = Object.hasOwn(source, name) ? read(member, source[name], at, missing) : undefined;
      if (given !== undefined) result[name] = given;
      else if (required.has(name)) throw missing(at);
    }
    return result;
  }
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw wrongType(path, 'a list', value);
    const element = schema.getValueSchema();
    return value.map((item, index) => read(element, item, `${path}[${index}]`, missing));
  }
  if (schema.isMapSchema()) {
    if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(path, 'a map', value);
    const element = schema.getValueSchema();
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, read(element, item, `${path}.${key}`, missing)]),
    );
  }
  if (schema.isStringSchema()) {
    if (typeof value !== 'string') throw wrongType(path, 'a string', value);
    return value;
  }
  if (schema.isBooleanSchema()) {
    if (typeof value !== 'boolean') throw wrongType(path, 'a boolean', value);
    return value;
  }
  if (schema.isNumericSchema()) {
    if (typeof value !== 'number') throw wrongType(path, 'a number', value);
    return value;
  }
  if (schema.isTimestampSchema()) {
    if (value instanceof Date) return value;
    if (typeof value === 'number') return new Date(value * 1000);
    const date = new Date(typeof value === 'string' ? value : Number.NaN);
    if (Number.isNaN(date.getTime())) throw wrongType(path, 'a timestamp', value);
    return date;
  }
  if (schema.isBlobSchema()) {
    if (typeof value !== 'string') throw wrongType(path, 'base64', value);
    return new Uint8Array(Buffer.from(value, 'base64'));
  }
  return value;
}

/** The same value with every member that AWS calls sensitive left out, for the call log. */
export function redact(schema: unknown, value: unknown): unknown {
  return hide(NormalizedSchema.of(deref(schema as never)), value);
}

function hide(schema: NormalizedSchema, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (schema.getMergedTraits().sensitive !== undefined) return '***';
  if (schema.isStructSchema()) {
    const source = value as Record<string, unknown>;
    const members = [...schema.structIterator()].filter(([name]) => source[name] !== undefined);
    return Object.fromEntries(members.map(([name, member]) => [name, hide(member, source[name])]));
  }
  if (schema.isListSchema()) return (value as unknown[]).map((item) => hide(schema.getValueSchema(), item));
  return value;
}

/** A structure's schema is `[3, namespace, name, traits, memberNames, memberSchemas, requiredCount]`, required first. */
function requiredMembers(schema: NormalizedSchema): ReadonlySet<string> {
  const raw = schema.getSchema() as unknown as readonly unknown[];
  const names = Array.isArray(raw[4]) ? (raw[4] as string[]) : [];
  return new Set(names.slice(0, typeof raw[6] === 'number' ? raw[6] : 0));
}

function wrongType(path: string, expected: string, value: unknown): ServiceError {
  const what = Array.isArray(value) ? 'a list' : typeof value;
  return new ServiceError('SerializationException', `Expected ${expected} at '${path}', and got ${what}.`);
}
