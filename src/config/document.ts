import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Node,
  type Scalar,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { inLine, type Problem } from './problem.ts';

/** Where something is, in keys and indexes: `['environments', 'staging', 'checks', 0]`. */
export type Path = readonly (string | number)[];

/** A place in the file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where each part of a file stands in it. */
export interface Source {
  readonly file: string;
  /** Whether the file says something there; what it does not say is a default. */
  isWritten(path: Path): boolean;
  /** The place of a value, or of the nearest of its parents that is there. */
  valueAt(path: Path): Position;
  /** The place of a value's key, for what is missing in it or unknown; a value's own where it has no key. */
  keyAt(path: Path): Position;
}

/** YAML as plain values, with the place of each. */
export interface Read {
  readonly value: unknown;
  readonly source: Source;
  readonly problems: readonly Problem[];
  /** What the file says and could not be read. */
  readonly lost: readonly Path[];
}

/** A real sluice.yml is five deep. More is a mistake, or meant to do harm. */
const deepest = 32;
/** Of the parser's complaints, which often follow from the first. */
const mostReported = 20;
/** Tags that say what YAML 1.2 would have read anyway. */
const plainTag = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/**
 * Reads YAML 1.2, in which `on` is a key and not a boolean, as JSON could say it: no anchors, aliases, merge keys or
 * tags, and each key once. All of that is reported, and the rest is read all the same, so that its mistakes are
 * reported too.
 *
 * @returns `undefined` for the value where the text is no YAML; never throws
 */
export function readYaml(text: string, file: string): Read {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const lost: Path[] = [];
  const report = (offset: number, path: Path, value: string | undefined, expected: string): void => {
    const { line, col } = lines.linePos(offset);
    problems.push({ file, line, column: col, path: path.join('.'), value, expected, suggestion: undefined });
  };

  // The parser's own search for duplicate keys takes quadratic time, and stops at the first.
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
  });
  for (const error of document.errors.slice(0, mostReported)) {
    const [value, expected] = describe(error);
    report(error.pos[0], [], value, expected);
  }
  const { yaml } = document.directives;
  if (yaml.explicit === true && yaml.version !== '1.2') {
    report(0, [], `YAML ${yaml.version}`, 'YAML 1.2, without the %YAML line');
  }

  const values = new Map<string, Position>();
  const keys = new Map<string, Position>();
  const walk = (node: unknown, path: Path): unknown => {
    const start = startOf(node);
    if (start !== undefined) values.set(keyOf(path), at(lines, start));
    if (path.length > deepest) {
      report(start ?? 0, path.slice(0, 3), 'YAML that is nested too deeply', `at most ${deepest} levels`);
      lost.push(path);
      return undefined;
    }
    if (isAlias(node) || ((isScalar(node) || isCollection(node)) && node.anchor !== undefined)) {
      const what = inLine(isAlias(node) ? `the alias *${node.source}` : `the anchor &${node.anchor ?? ''}`);
      report(start ?? 0, path, what, 'the value itself, so that each environment can be read by itself');
    }
    if (isAlias(node)) {
      lost.push(path);
      return undefined;
    }
    if ((isScalar(node) || isCollection(node)) && isTagged(node)) {
      report(start ?? 0, path, `the tag ${inLine(node.tag ?? '')}`, 'a plain value');
      lost.push(path);
      return undefined;
    }
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, index) => walk(item, [...path, index]));
    return isMap(node) ? walkMap(node, path) : undefined;
  };
  const walkMap = (map: YAMLMap, path: Path): Record<string, unknown> => {
    const entries: [string, unknown][] = [];
    const seen = new Set<string>();
    for (const { key, value } of map.items) {
      const offset = startOf(key) ?? startOf(map) ?? 0;
      if (!isScalar(key) || key.value === null || isTagged(key)) {
        report(offset, path, isAlias(key) ? 'an alias as a key' : 'a key that is no text', 'a name');
        continue;
      }
      // As it is written: under %YAML 1.1, `on` would be a boolean.
      const name = key.source ?? JSON.stringify(key.value);
      const here = [...path, name];
      if (name === '__proto__') {
        report(offset, path, 'the key "__proto__"', 'a name that sluice.yml has');
        continue;
      }
      if (name === '<<') {
        report(
          offset,
          path,
          'a merge key',
          'the keys themselves, so that each environment can be read by itself',
        );
        continue;
      }
      if (seen.has(name)) {
        const first = keys.get(keyOf(here))?.line ?? 0;
        report(offset, here, 'the key a second time', `each key once; the first is at line ${first}`);
        continue;
      }
      seen.add(name);
      keys.set(keyOf(here), at(lines, offset));
      const read = walk(value, here);
      if (!isAlias(value)) entries.push([name, read]);
    }
    return Object.fromEntries(entries);
  };
  const isYaml = document.errors.every(({ code }) => code === 'MULTIPLE_DOCS');
  const value = isYaml ? walk(document.contents, []) : undefined;
  return { value, source: sourceOf(file, values, keys), problems, lost };
}

function isTagged({ tag }: Scalar | YAMLMap | YAMLSeq): boolean {
  return tag !== undefined && !plainTag.test(tag);
}

/** What the parser found, and what was expected instead. */
function describe({ code, message }: YAMLError): [string, string] {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return ['a second document', 'one document, without ---'];
    case 'RESOURCE_EXHAUSTION':
      return ['YAML that is nested too deeply', `at most ${deepest} levels`];
    case 'TAB_AS_INDENT':
      return ['a tab', 'spaces: YAML is not indented with tabs'];
    default:
      return [inLine(message.split('\n')[0] ?? message), 'valid YAML'];
  }
}

function sourceOf(
  file: string,
  values: ReadonlyMap<string, Position>,
  keys: ReadonlyMap<string, Position>,
): Source {
  const nearest = (path: Path): Position => {
    for (let length = path.length; length >= 0; length -= 1) {
      const found = values.get(keyOf(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return { line: 1, column: 1 };
  };
  return {
    file,
    isWritten: (path) => values.has(keyOf(path)),
    valueAt: nearest,
    keyAt: (path) => keys.get(keyOf(path)) ?? nearest(path),
  };
}

/** No key has a line feed in it but a hostile one, whose place does not matter. */
function keyOf(path: Path): string {
  return path.join('\n');
}

function startOf(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range?.[0] : undefined;
}

function at(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
