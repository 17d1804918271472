import { z } from 'zod';
import { schema } from '../../src/config/index.ts';

/** The part of JSON Schema that zod writes for sluice.yml. */
export interface JsonSchema {
  readonly id?: string;
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
}

/** What sluice.yml may say, as JSON Schema: what a user writes, before defaults and units. Draft 7, for editors. */
export function jsonSchema(): JsonSchema {
  const generated = z.toJSONSchema(schema, { io: 'input', target: 'draft-07', cycles: 'throw' });
  return { ...generated, title: 'sluice.yml' } as JsonSchema;
}
