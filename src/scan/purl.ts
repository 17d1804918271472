/** A package URL, taken apart. Source: https://github.com/package-url/purl-spec */
export interface PackageUrl {
  /** `npm`, `deb`, `apk`, `golang` */
  readonly type: string;
  /** With its namespace: `@scope/name`, `debian/openssl`. */
  readonly name: string;
  readonly version: string | undefined;
}

/** @returns `undefined` where the text is no package URL; qualifiers and subpath are left out. */
export function parsePurl(text: string): PackageUrl | undefined {
  const [, type, rest] = /^pkg:\/*([a-z][a-z0-9.+-]*)\/([^?#]+)/i.exec(text) ?? [];
  if (type === undefined || rest === undefined) return undefined;
  // The version begins at the last @; one in a scope is written %40, but not by every tool.
  const at = rest.lastIndexOf('@');
  const cut = at > 0 && !rest.slice(at).includes('/') ? at : rest.length;
  const name = decode(rest.slice(0, cut)).replace(/\/+$/, '');
  const version = decode(rest.slice(cut + 1));
  return { type: type.toLowerCase(), name, version: version === '' ? undefined : version };
}

export function formatPurl({ type, name, version }: PackageUrl): string {
  const path = name.split('/').map(encode).join('/');
  return `pkg:${type}/${path}${version === undefined ? '' : `@${encode(version)}`}`;
}

/** The same package is written the same way, whoever wrote it: without qualifiers, and with one way of escaping. */
export function canonicalPurl(text: string): string {
  const purl = parsePurl(text);
  return purl === undefined ? text : formatPurl(purl);
}

/** Whether a package is meant by a scope: the same type and name, and the version where the scope has one. */
export function isInScope(purl: string, scope: string): boolean {
  const one = parsePurl(purl);
  const other = parsePurl(scope);
  return (
    one !== undefined &&
    other?.type === one.type &&
    other.name === one.name &&
    (other.version === undefined || other.version === one.version)
  );
}

function encode(part: string): string {
  return encodeURIComponent(part).replaceAll('%3A', ':').replaceAll('%2B', '+');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
