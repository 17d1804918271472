import path from 'node:path';
import type { Config, EnvironmentConfig, Loaded } from '../config/index.ts';
import { Failure } from './failure.ts';
import type { Runner } from './runner.ts';
import { escapeMarkdown } from './summary.ts';

/** GitHub shows ten annotations of a step; the summary has all of them. */
const annotationLimit = 10;

/**
 * Loads `sluice.yml` for an action. Each mistake becomes an annotation at its line.
 *
 * @param file relative to the workspace.
 * @throws Failure with all mistakes.
 */
export async function loadSluiceYml(runner: Runner, workspace: string, file: string): Promise<Config> {
  const { loadConfig } = await import('../config/index.ts');
  return acceptSluiceYml(runner, file, await loadConfig(path.resolve(workspace, file)));
}

/** The same of one that was read already. */
export async function acceptSluiceYml(runner: Runner, file: string, loaded: Loaded): Promise<Config> {
  if (loaded.ok) return loaded.config;
  const { formatProblem } = await import('../config/index.ts');
  // Annotations need the path in the repository, however the file was found.
  const problems = loaded.problems.map((problem) => ({ ...problem, file }));
  for (const problem of problems.slice(0, annotationLimit)) {
    runner.error(formatProblem(problem), {
      title: 'sluice.yml',
      file,
      ...(problem.line > 0 ? { line: problem.line, column: problem.column } : {}),
    });
  }
  throw new Failure(`${file} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}`, {
    ...(problems.length === 1 && problems[0] !== undefined ? { why: formatProblem(problems[0]) } : {}),
    remedy:
      'Correct the file where the annotations point; "npx github:sluice-pack/sluice#cli-v1 validate" checks it on your machine',
    evidence: problems.map((problem) => `- ${escapeMarkdown(formatProblem(problem))}`).join('\n'),
  });
}

/** @throws Failure where `sluice.yml` has no such environment. */
export function environmentOf(config: Config, name: string): EnvironmentConfig {
  const environment = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
  if (environment !== undefined) return environment;
  throw new Failure(`sluice.yml has no environment "${name}"`, {
    where: 'input "environment"',
    why: `it has ${Object.keys(config.environments).join(', ')}`,
    remedy: 'Correct the input, or add the environment',
  });
}
