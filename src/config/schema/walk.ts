import { z } from 'zod';

type Path = readonly (string | number)[];

/** The keys that a schema knows at a path; of all alternatives where there are some. */
export function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const keys = nodesAt(schema, path).flatMap(({ _zod: { def } }) =>
    def.type === 'object' ? Object.keys(def.shape) : [],
  );
  return [...new Set(keys)];
}

/** The form of the values at a path as the schema names it: `duration`, `percentage`. */
export function formsAt(schema: z.core.$ZodType, path: Path): string[] {
  return nodesAt(schema, path).flatMap((node) => z.globalRegistry.get(node)?.title ?? []);
}

function nodesAt(schema: z.core.$ZodType, path: Path): z.core.$ZodTypes[] {
  let here = alternatives(schema);
  for (const part of path) here = here.flatMap((node) => childOf(node, part)).flatMap(alternatives);
  return here;
}

/** A schema without what is wrapped around it: defaults, units, unions. */
function alternatives(schema: z.core.$ZodType): z.core.$ZodTypes[] {
  const node = schema as z.core.$ZodTypes;
  const { def } = node._zod;
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'optional':
      return alternatives(def.innerType);
    case 'pipe':
      return alternatives(def.in);
    case 'union':
      return def.options.flatMap(alternatives);
    default:
      return [node];
  }
}

function childOf(node: z.core.$ZodTypes, part: string | number): z.core.$ZodType[] {
  const { def } = node._zod;
  switch (def.type) {
    case 'object': {
      const child = Object.hasOwn(def.shape, part) ? def.shape[part] : undefined;
      return child === undefined ? [] : [child];
    }
    case 'record':
      return [def.valueType];
    case 'array':
      return [def.element];
    default:
      return [];
  }
}
