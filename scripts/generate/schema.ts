import { z } from 'zod';
import { schema } from '../../src/config/index.ts';

/** The part of JSON Schema that zod writes for sluice.yml. */
export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
}

/** sluice.yml as it is written, before defaults and units. Draft 7, which the YAML extensions of editors know. */
export function jsonSchema(): JsonSchema {
  const generated = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-07',
    cycles: 'throw',
    reused: 'inline',
  });
  return {
    $id: 'https://raw.githubusercontent.com/sluice-pack/sluice/v1/schema/sluice.schema.json',
    ...generated,
    title: 'sluice.yml',
    description: 'How the environments of a service on Amazon ECS differ.',
  } as JsonSchema;
}
