import { z } from 'zod';
import { schema } from '../../src/config/index.ts';

/** The JSON Schema of sluice.yml as it is written (before defaults and units), for editors. */
export function jsonSchema(): Record<string, unknown> {
  const generated = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return {
    ...generated,
    $id: 'https://raw.githubusercontent.com/sluice-pack/sluice/v1/schema/sluice.schema.json',
    title: 'sluice.yml',
    description:
      'How the environments of a service on Amazon ECS differ. https://github.com/sluice-pack/sluice',
  };
}
