import { readFile, stat } from 'node:fs/promises';
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';
import type { z } from 'zod';
import { nearest, shown, type Problem } from './problem.ts';
import { checkRules } from './rules.ts';
import { schema, type Config } from './schema.ts';

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** More than any real sluice.yml; a larger file is a mistake, and reading it would only take time. */
const sizeLimitBytes = 256 * 1024;

/** Reads and checks a sluice.yml. Never throws: whatever is wrong with the file is a problem. */
export async function loadConfig(file: string): Promise<Loaded> {
  const whole = (expected: string, value?: string): Loaded => ({
    ok: false,
    problems: [{ file, line: 0, column: 0, path: '', value, expected, suggestion: undefined }],
  });
  let content: Buffer;
  try {
    const { size } = await stat(file);
    if (size > sizeLimitBytes)
      return whole(`a file of at most ${sizeLimitBytes / 1024} KiB`, `${Math.ceil(size / 1024)} KiB`);
    content = await readFile(file);
  } catch (error: unknown) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return whole('a sluice.yml: copy the one of docs/adopting.md', 'no such file');
    if (code === 'EISDIR') return whole('a file', 'a folder');
    return whole('a file that can be read', String(error));
  }
  if (content.includes(0)) return whole('YAML text in UTF-8', 'binary data');
  return parseConfig(content.toString('utf8'), file);
}

/** Checks the text of a sluice.yml: all its mistakes at once, each with its place. */
export function parseConfig(text: string, file: string): Loaded {
  if (Buffer.byteLength(text) > sizeLimitBytes) {
    return refuse(
      file,
      0,
      0,
      `a file of at most ${sizeLimitBytes / 1024} KiB`,
      `${Math.ceil(Buffer.byteLength(text) / 1024)} KiB`,
    );
  }
  if (text.trim() === '') return refuse(file, 1, 1, 'at least `service` and `environments`', 'an empty file');
  const lines = new LineCounter();
  // YAML 1.2: `on` is a key and not a boolean. Duplicate keys are errors.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        const isDuplicate = error.code === 'DUPLICATE_KEY';
        return {
          file,
          line,
          column: col,
          path: '',
          value: isDuplicate ? 'the same key twice' : error.message.split('\n')[0],
          expected: isDuplicate ? 'each key once' : 'valid YAML',
          suggestion: undefined,
        };
      }),
    };
  }
  const alias = firstAlias(document);
  if (alias !== undefined) {
    const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
    return refuse(
      file,
      line,
      col,
      'the value itself: anchors and aliases are not read, so that nothing is hidden',
      'an alias',
    );
  }

  const value: unknown = document.toJS();
  const place = placeIn(document, lines);
  const parsed = schema.safeParse(value, { reportInput: true });
  if (!parsed.success) {
    return {
      ok: false,
      problems: sorted(parsed.error.issues.flatMap((issue) => problemsOf(issue, file, place, value))),
    };
  }
  const problems = checkRules(parsed.data).map(({ path, value: found, expected }) => ({
    file,
    ...place(path),
    path: path.join('.'),
    value: found,
    expected,
    suggestion: undefined,
  }));
  return problems.length === 0
    ? { ok: true, config: parsed.data }
    : { ok: false, problems: sorted(problems) };
}

type Path = readonly (string | number)[];
type Place = (path: Path, key?: string) => { line: number; column: number };

function refuse(file: string, line: number, column: number, expected: string, value: string): Loaded {
  return { ok: false, problems: [{ file, line, column, path: '', value, expected, suggestion: undefined }] };
}

function firstAlias(document: Document.Parsed): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node) && !('anchor' in node && typeof node.anchor === 'string')) return undefined;
      found = node;
      return visit.BREAK;
    },
  });
  return found;
}

/** Finds where a path stands in the text: its value, the key itself where `key` is given, or the nearest parent. */
function placeIn(document: Document.Parsed, lines: LineCounter): Place {
  return (path, key) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (key !== undefined && length === path.length && isMap(node)) {
        const pair = node.items.find(
          (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key,
        );
        const start = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
        if (start !== undefined) return at(lines, start);
      }
      const start =
        typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range?.[0] : undefined;
      if (start !== undefined) return at(lines, start);
    }
    return { line: 1, column: 1 };
  };
}

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function problemsOf(issue: z.core.$ZodIssue, file: string, place: Place, root: unknown): Problem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  const base = { file, ...place(path), path: path.join('.'), suggestion: undefined };
  const input = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const valid = keysAt(path);
      return issue.keys.map((key) => ({
        ...base,
        ...place(path, key),
        path: [...path, key].join('.'),
        value: `the unknown key "${key}"`,
        expected: valid.length > 0 ? `one of ${valid.join(', ')}` : 'no such key',
        suggestion: nearest(key, valid),
      }));
    }
    case 'invalid_value': {
      const valid = issue.values.map(String);
      return [
        {
          ...base,
          value: shown(input),
          expected: issue.message,
          suggestion: typeof input === 'string' ? nearest(input, valid) : undefined,
        },
      ];
    }
    case 'invalid_key':
      return [
        {
          ...base,
          ...place(path.slice(0, -1), String(path.at(-1))),
          value: shown(path.at(-1)),
          expected: issue.issues[0]?.message ?? issue.message,
        },
      ];
    case 'invalid_type':
      return input === undefined
        ? [{ ...base, value: 'nothing', expected: `the key to be there: ${described(issue)}` }]
        : [{ ...base, value: shown(hidden(path, input)), expected: described(issue) }];
    default:
      return [
        {
          ...base,
          value: input === undefined ? 'nothing' : shown(hidden(path, input)),
          expected: issue.message,
        },
      ];
  }
}

/** zod's own words are not the user's; ours stand in the schema. */
function described(issue: z.core.$ZodIssueInvalidType): string {
  if (!issue.message.startsWith('Invalid input')) return issue.message;
  const words: Partial<Record<string, string>> = {
    object: 'keys and values',
    record: 'keys and values',
    array: 'a list',
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
  };
  return words[issue.expected] ?? issue.expected;
}

/** A literal secret is not printed, however wrong it is. */
function hidden(path: Path, value: unknown): unknown {
  return path.includes('secrets') ? typeof value : value;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** The valid keys of the structure at a path, out of the schema. */
function keysAt(path: Path): string[] {
  let current: unknown = schema;
  for (const part of path) {
    current = childOf(unwrap(current), part);
    if (current === undefined) return [];
  }
  const structure = unwrap(current);
  const shape = (structure as { shape?: Record<string, unknown> } | undefined)?.shape;
  return shape === undefined ? [] : Object.keys(shape);
}

interface Definition {
  readonly type: string;
  readonly innerType?: unknown;
  readonly out?: unknown;
  readonly in?: unknown;
  readonly valueType?: unknown;
  readonly element?: unknown;
}

function unwrap(node: unknown): unknown {
  const definition = (node as { _zod?: { def: Definition } } | undefined)?._zod?.def;
  switch (definition?.type) {
    case 'default':
    case 'prefault':
    case 'optional':
    case 'nonoptional':
    case 'nullable':
      return unwrap(definition.innerType);
    case 'pipe':
      return unwrap(
        (definition.in as { _zod?: { def: Definition } })._zod?.def.type === 'transform'
          ? definition.out
          : definition.in,
      );
    default:
      return node;
  }
}

function childOf(node: unknown, part: string | number): unknown {
  const shape = (node as { shape?: Record<string, unknown> } | undefined)?.shape;
  if (shape !== undefined) return shape[part];
  const definition = (node as { _zod?: { def: Definition } } | undefined)?._zod?.def;
  return definition?.type === 'record' ? definition.valueType : definition?.element;
}

function sorted(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
