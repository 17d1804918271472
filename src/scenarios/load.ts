import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, escapeMarkdown, Failure, type Runner } from '../github/index.ts';
import { filesMatching } from './find.ts';

/** A mistake in a scenario file. Line and column count from 1; a line of 0 means the file as a whole. */
export interface ScenarioProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What is read of one file: its scenarios, or all of its mistakes. */
export type ReadFile<File> =
  | { readonly ok: true; readonly file: File }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] };

/** Scenarios of one kind: how they are read, and how they are spoken of where they cannot be. */
export interface ScenarioKind<File> {
  /** Never throws: what is wrong with a text is in what it returns. */
  readonly read: (text: string, name: string) => ReadFile<File>;
  /** What they are called in the plural: `acceptance scenarios`. */
  readonly plural: string;
  /** What to do where there is no file. */
  readonly remedy: string;
}

/** GitHub shows ten annotations of a step; the summary has all mistakes. */
const annotationLimit = 10;

/**
 * Reads the files that a pattern names, in the order of their names. Each of the first mistakes becomes an annotation
 * at its line.
 *
 * @param pattern relative to the workspace: `integration/*.yml`
 * @throws Failure with all mistakes of all files, and where there is no file at all.
 */
export async function loadScenarioFiles<File>(
  runner: Runner,
  workspace: string,
  pattern: string,
  { read, plural, remedy }: ScenarioKind<File>,
): Promise<readonly File[]> {
  const names = await filesMatching(workspace, pattern);
  if (names.length === 0) {
    throw new Failure(`There are no ${plural} to run`, {
      where: `"${pattern}"`,
      why: 'no file of the repository matches it',
      remedy,
    });
  }
  const files: File[] = [];
  const problems: ScenarioProblem[] = [];
  for (const name of names) {
    const result = read(await readText(path.join(workspace, name)), name);
    if (result.ok) files.push(result.file);
    else problems.push(...result.problems);
  }
  const [first] = problems;
  if (first === undefined) return files;
  for (const { file, line, column, message } of problems.slice(0, annotationLimit)) {
    runner.error(message, { title: 'Scenario', file, ...(line > 0 ? { line, column } : {}) });
  }
  throw new Failure(
    `The ${plural} have ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}`,
    {
      ...(problems.length === 1 ? { why: inFull(first) } : {}),
      remedy: 'Correct them where the annotations point; nothing was sent',
      evidence: problems.map((problem) => `- ${escapeMarkdown(inFull(problem))}`).join('\n'),
    },
  );
}

function inFull({ file, line, column, message }: ScenarioProblem): string {
  return `${line > 0 ? `${file}:${line}:${column}` : file}: ${message}`;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Failure('A scenario file cannot be read', {
      where: file,
      why: errorMessage(error),
      cause: error,
    });
  }
}
