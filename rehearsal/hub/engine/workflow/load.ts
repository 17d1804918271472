import type { Permissions } from '../../model.ts';
import { entriesOf } from '../expressions/template.ts';
import type { Source, Sources } from '../sources.ts';
import type { CallInterface, CallJob, JobDefinition, StepsJob, Workflow } from './model.ts';
import { defaultPermissions, excess } from './permissions.ts';
import { readWorkflow } from './read.ts';
import { parseUses } from './uses.ts';

/** A workflow with every workflow that it calls, checked as a whole, before anything runs. */
export interface LoadedWorkflow {
  readonly workflow: Workflow;
  readonly source: Source;
  readonly jobs: readonly LoadedJob[];
}

export type LoadedJob =
  | { readonly definition: StepsJob; readonly permissions: Permissions }
  | {
      readonly definition: CallJob;
      readonly permissions: Permissions;
      readonly called: LoadedWorkflow;
      readonly callee: CallInterface;
    };

/** GitHub's limits for reusable workflows (docs.github.com, "Reusing workflow configurations"). */
const deepest = 10;
const mostWorkflows = 50;

/** Why a run cannot start: every reason, each with its file. */
export class WorkflowProblem extends Error {
  override readonly name = 'WorkflowProblem';
}

/**
 * Loads a workflow and those it calls.
 * @throws WorkflowProblem with all that is wrong in it and below it
 */
export async function loadWorkflow(
  source: Source,
  path: string,
  sources: Sources,
  note: (line: string) => void,
): Promise<LoadedWorkflow> {
  const problems: string[] = [];
  const loaded = await load(source, path, {
    sources,
    note,
    problems,
    allowed: undefined,
    depth: 1,
    count: { value: 0 },
  });
  if (loaded === undefined || problems.length > 0)
    throw new WorkflowProblem([...new Set(problems)].join('\n'));
  return loaded;
}

interface Loading {
  readonly sources: Sources;
  /** Says where another commit is used than the one asked for. */
  readonly note: (line: string) => void;
  readonly problems: string[];
  /** What the caller's token may do; `undefined` for the workflow that was triggered. */
  readonly allowed: Permissions | undefined;
  readonly depth: number;
  readonly count: { value: number };
}

async function load(source: Source, path: string, loading: Loading): Promise<LoadedWorkflow | undefined> {
  const { problems } = loading;
  const content = await source.git.readFile(source.sha, path);
  if (content === undefined) {
    problems.push(`${path} is not in ${source.repository} at ${source.sha.slice(0, 7)}.`);
    return undefined;
  }
  loading.count.value += 1;
  if (loading.count.value > mostWorkflows) {
    problems.push(`${path}: more than ${mostWorkflows} reusable workflows are called.`);
    return undefined;
  }
  const read = await readWorkflow({ name: path, content });
  if (!read.ok) {
    problems.push(...read.problems);
    return undefined;
  }
  const workflow = read.value;
  const jobs: LoadedJob[] = [];
  for (const definition of workflow.jobs) {
    const permissions = permissionsOf(definition, workflow, loading);
    if (definition.kind === 'steps') {
      jobs.push({ definition, permissions });
      continue;
    }
    const called = await loadCalled(definition, { source, path, permissions }, loading);
    if (called !== undefined) jobs.push({ definition, permissions, ...called });
  }
  return { workflow, source, jobs };
}

function permissionsOf(definition: JobDefinition, workflow: Workflow, loading: Loading): Permissions {
  const { allowed, problems } = loading;
  const wanted = definition.permissions ?? workflow.permissions;
  if (allowed === undefined) return wanted ?? defaultPermissions;
  for (const item of wanted === undefined ? [] : excess(wanted, allowed)) {
    problems.push(
      `${workflow.path}: the nested job '${definition.id}' is requesting '${item.scope}: ${item.wanted}', ` +
        `but is only allowed '${item.scope}: ${item.allowed}'. Grant it in the calling job's permissions.`,
    );
  }
  return wanted ?? allowed;
}

async function loadCalled(
  definition: CallJob,
  caller: { readonly source: Source; readonly path: string; readonly permissions: Permissions },
  loading: Loading,
): Promise<{ called: LoadedWorkflow; callee: CallInterface } | undefined> {
  const { problems } = loading;
  const at = `${caller.path}: job '${definition.id}', uses: ${definition.uses}`;
  if (loading.depth >= deepest) {
    problems.push(`${at}: reusable workflows are nested more than ${deepest} deep.`);
    return undefined;
  }
  let source: Source;
  let path: string;
  try {
    ({ source, path } = await locate(definition.uses, caller.source, loading));
  } catch (error: unknown) {
    problems.push(`${at}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  const called = await load(source, path, {
    ...loading,
    allowed: caller.permissions,
    depth: loading.depth + 1,
  });
  if (called === undefined) return undefined;
  const callee = called.workflow.triggers.call;
  if (callee === undefined) {
    problems.push(`${at}: ${path} is not reusable: it has no \`on: workflow_call\`.`);
    return undefined;
  }
  problems.push(...checkCall(definition, callee).map((problem) => `${at}: ${problem}`));
  return { called, callee };
}

async function locate(
  uses: string,
  from: Source,
  { sources, note }: Loading,
): Promise<{ source: Source; path: string }> {
  const reference = parseUses(uses);
  switch (reference.kind) {
    case 'workspace':
    case 'self':
      return { source: from, path: reference.path };
    case 'repository': {
      const found = await sources.find(reference);
      if (found !== undefined) {
        if (found.note !== undefined) note(found.note);
        return { source: found.source, path: reference.path };
      }
      throw new Error(
        `the workflow lives in ${reference.owner}/${reference.name}, which is not on this machine.`,
      );
    }
    case 'docker':
      throw new Error('a container image is not a workflow.');
  }
}

function checkCall(definition: CallJob, callee: CallInterface): string[] {
  const given = new Set([...entriesOf(definition.with)].map(([name]) => name.toLowerCase()));
  const problems = missing(given, callee.inputs, 'Input');
  for (const name of given) {
    if (!callee.inputs.some((input) => input.name.toLowerCase() === name)) {
      problems.push(`Invalid input, ${name} is not defined in the referenced workflow.`);
    }
  }
  if (definition.secrets === 'inherit') return problems;
  const secrets = new Set([...entriesOf(definition.secrets)].map(([name]) => name.toLowerCase()));
  problems.push(...missing(secrets, callee.secrets, 'Secret'));
  for (const name of secrets) {
    if (!callee.secrets.some((secret) => secret.name.toLowerCase() === name)) {
      problems.push(`Invalid secret, ${name} is not defined in the referenced workflow.`);
    }
  }
  return problems;
}

function missing(
  given: ReadonlySet<string>,
  defined: readonly { readonly name: string; readonly required: boolean; readonly default?: unknown }[],
  kind: string,
): string[] {
  return defined
    .filter((item) => item.required && item.default === undefined && !given.has(item.name.toLowerCase()))
    .map((item) => `${kind} ${item.name} is required, but not provided while calling.`);
}
