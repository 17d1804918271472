/** Values by name, for `${name}` in a scenario. */
export type Bindings = Readonly<Record<string, unknown>>;

/** A name that nothing has given a value to. */
export class UnboundName extends Error {
  override readonly name = 'UnboundName';
}

/** Puts values in the place of `${name}`. `$${` is a plain `${`. @throws UnboundName */
export function fill(text: string, bindings: Bindings): string {
  return text.replace(/\$(\$\{)|\$\{([\w-]+)\}/g, (_whole, escaped: string | undefined, name: string) => {
    if (escaped !== undefined) return escaped;
    return asText(lookUp(name, bindings));
  });
}

/** The same in every text of a JSON value. A text that is nothing but one `${name}` becomes the value itself. */
export function fillJson(value: unknown, bindings: Bindings): unknown {
  if (typeof value === 'string') {
    const [, name] = /^\$\{([\w-]+)\}$/.exec(value) ?? [];
    return name === undefined ? fill(value, bindings) : lookUp(name, bindings);
  }
  if (Array.isArray(value)) return value.map((entry) => fillJson(entry, bindings));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fillJson(entry, bindings)]));
  }
  return value;
}

function lookUp(name: string, bindings: Bindings): unknown {
  if (Object.hasOwn(bindings, name)) return bindings[name];
  const known = Object.keys(bindings).sort().join(', ');
  throw new UnboundName(`\${${name}} has no value; known here: ${known === '' ? 'nothing' : known}`);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
