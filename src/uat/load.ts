import { problemMessage } from '../config/index.ts';
import type { Runner } from '../github/index.ts';
import { loadScenarioFiles, type ScenarioKind } from '../scenarios/index.ts';
import { readUat } from './read.ts';
import type { UatFile } from './scenario.ts';

const acceptance: ScenarioKind<UatFile> = {
  read: (text, name) => {
    const result = readUat(text, name);
    if (result.ok) return result;
    return {
      ok: false,
      problems: result.problems.map((problem) => ({ ...problem, message: problemMessage(problem) })),
    };
  },
  plural: 'acceptance scenarios',
  remedy: 'Write one (docs/uat.md says how), or correct checks.uat.scenarios in sluice.yml',
};

/**
 * Reads the acceptance scenarios that a pattern names.
 *
 * @param pattern relative to the workspace: `uat/*.yml`
 * @throws Failure with all mistakes of all files, and where there is no scenario at all.
 */
export function loadUat(runner: Runner, workspace: string, pattern: string): Promise<readonly UatFile[]> {
  return loadScenarioFiles(runner, workspace, pattern, acceptance);
}
