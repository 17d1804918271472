import { XmlCodec } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { ServiceError } from './service.ts';

type Schema = Parameters<typeof NormalizedSchema.of>[0];

/** The input's members out of a form body, nested again as the query protocol flattened them. */
export function readQuery(input: Schema, body: string): unknown {
  return unflatten(NormalizedSchema.of(input), new URLSearchParams(body), '') ?? {};
}

/**
 * `Listeners.member.1.Port=80` → `{ Listeners: [{ Port: 80 }] }`, by the schema.
 * Source: Smithy, "AWS query protocol", section "Query key resolution".
 */
function unflatten(schema: NormalizedSchema, form: URLSearchParams, prefix: string): unknown {
  if (schema.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const key = `${prefix}${prefix === '' ? '' : '.'}${wireName(member, name)}`;
      const value = unflatten(member, form, key);
      if (value !== undefined) result[name] = value;
    }
    return prefix === '' || Object.keys(result).length > 0 ? result : undefined;
  }
  if (schema.isListSchema()) {
    const list: unknown[] = [];
    const flattened = schema.getMergedTraits().xmlFlattened !== undefined;
    for (let index = 1; ; index += 1) {
      const value = unflatten(
        schema.getValueSchema(),
        form,
        flattened ? `${prefix}.${index}` : `${prefix}.member.${index}`,
      );
      if (value === undefined) break;
      list.push(value);
    }
    // An empty list is sent as the bare key.
    return list.length > 0 || form.get(prefix) === '' ? list : undefined;
  }
  if (schema.isMapSchema()) {
    const map: Record<string, unknown> = {};
    for (let index = 1; ; index += 1) {
      const key = form.get(`${prefix}.entry.${index}.key`);
      if (key === null) break;
      map[key] = unflatten(schema.getValueSchema(), form, `${prefix}.entry.${index}.value`);
    }
    return Object.keys(map).length > 0 ? map : undefined;
  }
  const text = form.get(prefix);
  if (text === null) return undefined;
  if (schema.isBooleanSchema()) return text === 'true';
  if (schema.isNumericSchema()) return Number(text);
  return text;
}

function wireName(member: NormalizedSchema, name: string): string {
  const traits = member.getMergedTraits() as { xmlName?: string };
  return traits.xmlName ?? name;
}

/** `<XResponse><XResult>…</XResult><ResponseMetadata>…`; the SDK's own codec writes the members. */
export function writeQuery(
  action: string,
  namespace: string,
  output: Schema,
  value: object,
  requestId: string,
): string {
  const schema = NormalizedSchema.of(output);
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  let members = '';
  if (schema.isStructSchema()) {
    const serializer = new XmlCodec({
      timestampFormat: { useTrait: true, default: 5 },
      xmlNamespace: namespace,
      serviceNamespace: namespace,
      serializeEmptyLists: true,
    } as ConstructorParameters<typeof XmlCodec>[0]).createSerializer();
    serializer.write(schema, value);
    // The codec wraps the members in an element of the structure's own name.
    members = String(serializer.flush())
      .replace(/^<[^>]*\/>$/, '')
      .replace(/^<[^>]+>/, '')
      .replace(/<\/[^>]+>$/, '');
  }
  return `<${action}Response xmlns="${namespace}"><${action}Result>${members}</${action}Result>${metadata}</${action}Response>`;
}

export function writeQueryError(error: ServiceError, namespace: string, requestId: string): string {
  const type = error.statusCode >= 500 ? 'Receiver' : 'Sender';
  return (
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${escapeXml(error.name)}</Code>` +
    `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
  );
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
