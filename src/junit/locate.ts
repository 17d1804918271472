import path from 'node:path';
import type { TestCase } from './report.ts';

/** How a line of a stack names a place; each with the file and the line. */
const frames = [
  /^\s*at .*\((.+?):(\d+)(?::\d+)?\)\s*$/, // JavaScript: at name (file:line:column)
  /^\s*at (?:async )?([^()\s]+?):(\d+)(?::\d+)?\s*$/, // JavaScript: at file:line:column
  /^\s*File "(.+?)", line (\d+)/, // Python's tracebacks
  /^\s*((?:[\w.-]+[/\\])*[\w.-]+\.\w+):(\d+)(?::\d+)?(?::|\s|$)/, // pytest, Go: file:line:
];

/**
 * Where a test failed, as a path in the repository: the first frame of its stack that is the user's own code, or what
 * the report says itself.
 *
 * @param directory where the tests ran, absolute.
 */
export function locateFailure(
  { file, line, outcome }: TestCase,
  workspace: string,
  directory: string,
): { readonly file: string; readonly line?: number } | undefined {
  const inRepository = (name: string): string | undefined => {
    const relative = path.relative(workspace, path.resolve(directory, name.replace(/^file:\/\//, '')));
    const isOwn =
      !relative.startsWith('..') && !path.isAbsolute(relative) && !relative.includes('node_modules');
    return isOwn ? relative.split(path.sep).join('/') : undefined;
  };
  const detail = outcome.kind === 'failed' ? outcome.detail : '';
  for (const text of detail.split('\n')) {
    const [, name, number] = frames.map((frame) => frame.exec(text)).find((match) => match !== null) ?? [];
    const found = name === undefined || name.startsWith('node:') ? undefined : inRepository(name);
    if (found !== undefined) return { file: found, line: Number(number) };
  }
  const own = file === undefined ? undefined : inRepository(file);
  return own === undefined ? undefined : { file: own, ...(line === undefined ? {} : { line }) };
}
