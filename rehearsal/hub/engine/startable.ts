import type { GitRepository } from '../git/repository.ts';
import type { StartableWorkflow, StartInput } from '../rest/index.ts';
import { toText } from './expressions/evaluate.ts';
import { evaluateTemplate } from './expressions/template.ts';
import { fullRef, workflowFiles } from './run-requests.ts';
import type { InputDefinition } from './workflow/model.ts';
import { readWorkflow } from './workflow/read.ts';

export type { StartableWorkflow } from '../rest/index.ts';

/** The workflows that a branch or tag has and that can be started by hand; files that do not parse are left out. */
export async function startableWorkflows(git: GitRepository, ref: string): Promise<StartableWorkflow[]> {
  const full = await fullRef(git, ref);
  const sha = full === undefined ? undefined : await git.commit(full);
  if (sha === undefined) return [];
  const found: StartableWorkflow[] = [];
  for (const path of await workflowFiles(git, sha)) {
    const read = await readWorkflow({ name: path, content: (await git.readFile(sha, path)) ?? '' });
    if (!read.ok) continue;
    const { dispatch, schedule } = read.value.triggers;
    if (dispatch === undefined && schedule === undefined) continue;
    found.push({ path, name: read.value.name, inputs: (dispatch?.inputs ?? []).map(inputOf) });
  }
  return found;
}

function inputOf({
  name,
  description,
  type,
  required,
  options,
  default: given,
}: InputDefinition): StartInput {
  const value = given === undefined ? '' : toText(evaluateTemplate(given, { contexts: {} }));
  return { name, description, type, required, options, default: value };
}
