import { isUtf8 } from 'node:buffer';
import { open, stat } from 'node:fs/promises';
import { readYaml, type Path, type Source } from './document.ts';
import { valueAt } from './issues.ts';
import type { Problem } from './problem.ts';
import { checkRules } from './rules/index.ts';
import { salvage } from './salvage.ts';
import type { Config } from './schema/index.ts';

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Ten times a real sluice.yml. A larger file is a mistake, and reading it would only take time. */
const sizeLimitBytes = 64 * 1024;

/** Reads and checks a sluice.yml. Never throws: whatever is wrong with the file is a problem. */
export async function loadConfig(file: string): Promise<Loaded> {
  let content: Buffer;
  try {
    const read = await readAtMost(file, sizeLimitBytes);
    if (read.kind !== 'read') return refuse(file, read.found, read.expected);
    ({ content } = read);
  } catch (error: unknown) {
    return unreadable(file, error);
  }
  return isUtf8(content)
    ? parseConfig(content.toString('utf8'), file)
    : refuse(file, 'bytes that are no text', 'YAML text in UTF-8');
}

/** Checks the text of a sluice.yml: all its mistakes at once, each with its place. Never throws. */
export function parseConfig(text: string, file: string): Loaded {
  const size = Buffer.byteLength(text);
  if (size > sizeLimitBytes) return tooLarge(file, size);
  if (text.includes('\0')) return refuse(file, 'binary data', 'YAML text in UTF-8');
  const { value, source, problems, lost } = readYaml(text, file);
  if (value === undefined || value === null) {
    return problems.length > 0
      ? { ok: false, problems: sorted(problems) }
      : refuse(file, 'an empty file', 'at least `service` and `environments`');
  }

  const { config, mistakes } = salvage(value, source);
  // What could not be read is not missing as well.
  const own = mistakes.filter(({ path }) => !lost.some((part) => isWithin(path, part)));
  const broken = [
    ...lost,
    ...mistakes.flatMap(({ path, meant }) => (meant === undefined ? [path] : [path, meant])),
  ];
  const all = [
    ...problems,
    ...own.map(({ problem }) => problem),
    ...(config === undefined ? [] : checkRules(config, broken, namesOf(value), source)),
  ];
  if (all.length > 0 || config === undefined) return { ok: false, problems: sorted(all) };
  sources.set(config, source);
  return { ok: true, config };
}

/** Beside the configuration and not in it, so that it stays plain data to be compared, copied and written as JSON. */
const sources = new WeakMap<Config, Source>();

/** Where each part of a configuration stands in its file. */
export function sourceOf(config: Config): Source | undefined {
  return sources.get(config);
}

type Content =
  | { readonly kind: 'read'; readonly content: Buffer }
  | { readonly kind: 'refused'; readonly found: string; readonly expected: string };

/** Never more than the limit, and never from a device or a pipe, which may have no end or no beginning. */
async function readAtMost(file: string, limit: number): Promise<Content> {
  const before = await stat(file);
  if (before.isDirectory()) return { kind: 'refused', found: 'a folder', expected: 'a file' };
  if (!before.isFile()) return { kind: 'refused', found: 'a device or a pipe', expected: 'a file' };
  if (before.size > limit) {
    return { kind: 'refused', found: kibibytes(before.size), expected: `at most ${kibibytes(limit)}` };
  }
  await using handle = await open(file, 'r');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(limit), 0, limit, 0);
  return { kind: 'read', content: buffer.subarray(0, bytesRead) };
}

function unreadable(file: string, error: unknown): Loaded {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return refuse(file, 'no such file', 'a sluice.yml: docs/adopting.md has one to begin with');
  }
  if (code === 'EISDIR') return refuse(file, 'a folder', 'a file');
  if (code === 'EACCES' || code === 'EPERM')
    return refuse(file, 'a file that may not be read', 'permission to read it');
  return refuse(file, error instanceof Error ? error.message : String(error), 'a file that can be read');
}

function refuse(file: string, value: string, expected: string): Loaded {
  return {
    ok: false,
    problems: [{ file, line: 0, column: 0, path: '', value, expected, suggestion: undefined }],
  };
}

function tooLarge(file: string, size: number): Loaded {
  return refuse(file, kibibytes(size), `at most ${kibibytes(sizeLimitBytes)}`);
}

function kibibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}

function namesOf(value: unknown): string[] {
  const environments = valueAt(value, ['environments']);
  return typeof environments === 'object' && environments !== null ? Object.keys(environments) : [];
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.length <= path.length && outer.every((part, index) => part === path[index]);
}

function sorted(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
