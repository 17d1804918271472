import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { formatProblem, type Problem } from '../config/index.ts';
import { errorMessage, escapeMarkdown, Failure, type Runner } from '../github/index.ts';
import { filesMatching } from '../scenarios/index.ts';
import { readUat } from './read.ts';
import type { UatFile } from './scenario.ts';

/** GitHub shows ten annotations of a step; the summary has all mistakes. */
const annotationLimit = 10;

/**
 * Reads the acceptance scenarios that a pattern names, in the order of the files' names. Each mistake becomes an
 * annotation at its line.
 *
 * @param pattern relative to the workspace: `uat/*.yml`
 * @throws Failure with all mistakes of all files, and where there is no scenario at all.
 */
export async function loadUat(
  runner: Runner,
  workspace: string,
  pattern: string,
): Promise<readonly UatFile[]> {
  const names = await filesMatching(workspace, pattern);
  if (names.length === 0) {
    throw new Failure('There is no acceptance scenario to play', {
      where: `"${pattern}"`,
      why: 'no file of the repository matches it',
      remedy: 'Write one (docs/uat.md says how), or correct checks.uat.scenarios in sluice.yml',
    });
  }
  const files: UatFile[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    const read = readUat(await readText(path.join(workspace, name)), name);
    if (read.ok) files.push(read.file);
    else problems.push(...read.problems);
  }
  if (problems.length === 0) return files;
  for (const problem of problems.slice(0, annotationLimit)) {
    const { file, line, column } = problem;
    runner.error(formatProblem(problem), { title: 'Scenario', file, ...(line > 0 ? { line, column } : {}) });
  }
  const [first] = problems;
  throw new Failure(
    `The acceptance scenarios have ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}`,
    {
      ...(problems.length === 1 && first !== undefined ? { why: formatProblem(first) } : {}),
      remedy: 'Correct them where the annotations point; nothing was asked',
      evidence: problems.map((problem) => `- ${escapeMarkdown(formatProblem(problem))}`).join('\n'),
    },
  );
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
