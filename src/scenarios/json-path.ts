/** What was found at a path, or nothing. */
export type Found = { readonly found: true; readonly value: unknown } | { readonly found: false };

/**
 * The value at a path of names and indexes: `answer`, `sources[0].url`, `["a.b"][2]`; the empty path is the document
 * itself. Only a document's own members are looked at.
 */
export function valueAt(document: unknown, path: string): Found {
  const segments = parsePath(path);
  if (segments === undefined) return { found: false };
  let value = document;
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment))
      return { found: false };
    value = (value as Record<string | number, unknown>)[segment];
  }
  return { found: true, value };
}

/** The steps of a path, or `undefined` where it is not one. */
export function parsePath(path: string): readonly (string | number)[] | undefined {
  if (path.startsWith('.')) return undefined;
  const segments: (string | number)[] = [];
  const pattern = /(?:^|\.)([A-Za-z_$][\w$-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/gy;
  while (pattern.lastIndex < path.length) {
    const match = pattern.exec(path);
    if (match === null) return undefined;
    const [, name, index, quoted] = match;
    segments.push(name ?? (index === undefined ? (quoted ?? '').replace(/\\(.)/g, '$1') : Number(index)));
  }
  return segments;
}
