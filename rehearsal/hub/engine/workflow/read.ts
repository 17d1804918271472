import path from 'node:path';
import type { TemplateContext } from '@actions/workflow-parser/templates/template-context';
import type { Template } from '../expressions/template.ts';
import { entriesOf, isMapping, isSequence, literal, literals, member } from '../expressions/template.ts';
import type {
  Action,
  CallInterface,
  InputDefinition,
  InputType,
  JobDefinition,
  PullRequestFilter,
  PushFilter,
  RunDefaults,
  StepDefinition,
  Triggers,
  Workflow,
} from './model.ts';
import type { SourceFile } from './parser.ts';
import { conditionOf, parseActionFile, parseWorkflowFile, problemsOf } from './parser.ts';
import { readPermissions } from './permissions.ts';

export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a workflow file; `problems` are the parser's messages, with line and column, and ours in the same form. */
export async function readWorkflow(file: SourceFile): Promise<Read<Workflow>> {
  const parsed = await parseWorkflowFile(file);
  if (!parsed.ok) return parsed;
  const { root, context } = parsed;
  const workflow: Workflow = {
    path: file.name,
    name: literal(member(root, 'name')) ?? file.name,
    runName: member(root, 'run-name'),
    triggers: readTriggers(member(root, 'on')),
    env: member(root, 'env'),
    permissions: readPermissions(member(root, 'permissions')),
    defaults: readDefaults(member(root, 'defaults')),
    concurrency: member(root, 'concurrency'),
    jobs: [...entriesOf(member(root, 'jobs'))].map(([id, job]) => readJob(context, id, job)),
  };
  checkConcurrency(context, workflow.concurrency);
  for (const job of workflow.jobs) checkConcurrency(context, job.concurrency);
  const problems = problemsOf(context);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: workflow };
}

/** Reads an `action.yml`. */
export function readAction(file: SourceFile): Read<Action> {
  const parsed = parseActionFile(file);
  if (!parsed.ok) return parsed;
  const { root, context } = parsed;
  const runs = member(root, 'runs');
  const using = literal(member(runs, 'using')) ?? '';
  const action = {
    name: literal(member(root, 'name')) ?? path.dirname(file.name),
    inputs: [...entriesOf(member(root, 'inputs'))].map(([name, input]) => ({
      name,
      required: literal(member(input, 'required')) === 'true',
      default: member(input, 'default'),
      deprecationMessage: literal(member(input, 'deprecationMessage')),
    })),
    outputs: [...entriesOf(member(root, 'outputs'))].map(([name, output]) => ({
      name,
      value: member(output, 'value'),
    })),
  };
  if (using === 'composite') {
    const steps = readSteps(context, member(runs, 'steps'));
    const problems = problemsOf(context);
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, value: { ...action, runs: { using: 'composite', steps } } };
  }
  const main = literal(member(runs, 'main'));
  if (!/^node(20|24)$/.test(using) || main === undefined) {
    const found = using === '' ? 'nothing' : `"${using}"`;
    return {
      ok: false,
      problems: [
        `${file.name}: runs.using is ${found}; the rehearsal runs composite, node20 and node24 actions.`,
      ],
    };
  }
  return {
    ok: true,
    value: {
      ...action,
      runs: {
        using: 'node',
        main,
        pre: literal(member(runs, 'pre')),
        preCondition: literal(member(runs, 'pre-if')) ?? 'always()',
        post: literal(member(runs, 'post')),
        postCondition: literal(member(runs, 'post-if')) ?? 'always()',
      },
    },
  };
}

/** The events that a rehearsal knows. */
const happening = new Set(['push', 'pull_request', 'workflow_dispatch', 'workflow_call', 'schedule']);

function readTriggers(on: Template | undefined): Triggers {
  if (on === undefined) return {};
  const events = isMapping(on)
    ? new Map<string, Template | undefined>(entriesOf(on))
    : new Map<string, Template | undefined>(literals(on).map((event) => [event, undefined]));
  const push = events.get('push');
  const elsewhere = [...events.keys()].filter((event) => !happening.has(event));
  const schedule = events.get('schedule');
  return {
    ...(events.has('push') ? { push: readPushFilter(push) } : {}),
    ...(events.has('pull_request') ? { pullRequest: readPullRequestFilter(events.get('pull_request')) } : {}),
    ...(events.has('workflow_dispatch')
      ? { dispatch: { inputs: readInputs(member(events.get('workflow_dispatch'), 'inputs')) } }
      : {}),
    ...(events.has('workflow_call') ? { call: readCall(events.get('workflow_call')) } : {}),
    ...(schedule !== undefined && isSequence(schedule)
      ? { schedule: [...schedule].map((item) => literal(member(item, 'cron')) ?? '') }
      : {}),
    ...(elsewhere.length > 0 ? { elsewhere } : {}),
  };
}

function readPushFilter(push: Template | undefined): PushFilter {
  const filters = {
    branches: member(push, 'branches'),
    branchesIgnore: member(push, 'branches-ignore'),
    tags: member(push, 'tags'),
    tagsIgnore: member(push, 'tags-ignore'),
    paths: member(push, 'paths'),
    pathsIgnore: member(push, 'paths-ignore'),
  };
  return Object.fromEntries(
    Object.entries(filters)
      .filter(([, patterns]) => patterns !== undefined)
      .map(([name, patterns]) => [name, literals(patterns)]),
  );
}

/** Where a workflow names no types, these start it. Source: GitHub, "Events that trigger workflows". */
const usualTypes = ['opened', 'synchronize', 'reopened'];

function readPullRequestFilter(pull: Template | undefined): PullRequestFilter {
  const types = member(pull, 'types');
  return { ...readPushFilter(pull), types: types === undefined ? usualTypes : literals(types) };
}

function readCall(call: Template | undefined): CallInterface {
  return {
    inputs: readInputs(member(call, 'inputs')),
    secrets: [...entriesOf(member(call, 'secrets'))].map(([name, secret]) => ({
      name,
      required: literal(member(secret, 'required')) === 'true',
    })),
    outputs: [...entriesOf(member(call, 'outputs'))].flatMap(([name, output]) => {
      const value = member(output, 'value');
      return value === undefined ? [] : [{ name, value }];
    }),
  };
}

function readInputs(inputs: Template | undefined): InputDefinition[] {
  return [...entriesOf(inputs)].map(([name, input]) => ({
    name,
    description: literal(member(input, 'description')) ?? '',
    type: inputType(literal(member(input, 'type'))),
    required: literal(member(input, 'required')) === 'true',
    default: member(input, 'default'),
    options: literals(member(input, 'options')),
  }));
}

function inputType(type: string | undefined): InputType {
  switch (type) {
    case 'boolean':
    case 'number':
    case 'choice':
    case 'environment':
      return type;
    default:
      return 'string';
  }
}

function readDefaults(defaults: Template | undefined): RunDefaults {
  const run = member(defaults, 'run');
  return { shell: member(run, 'shell'), workingDirectory: member(run, 'working-directory') };
}

function readJob(context: TemplateContext, id: string, job: Template): JobDefinition {
  const common = {
    id,
    name: member(job, 'name'),
    needs: literals(member(job, 'needs')),
    condition: conditionOf(context, member(job, 'if')),
    strategy: member(job, 'strategy'),
    concurrency: member(job, 'concurrency'),
    permissions: readPermissions(member(job, 'permissions')),
  };
  const uses = literal(member(job, 'uses'));
  if (uses !== undefined) {
    const secrets = member(job, 'secrets');
    return {
      ...common,
      kind: 'call',
      uses,
      with: member(job, 'with'),
      secrets: literal(secrets) === 'inherit' ? 'inherit' : secrets,
    };
  }
  for (const key of ['container', 'services', 'snapshot']) {
    const asked = member(job, key);
    if (asked === undefined) continue;
    context.error(
      asked,
      `Job '${id}' asks for '${key}', which the rehearsal does not run: jobs run on this machine.`,
    );
  }
  return {
    ...common,
    kind: 'steps',
    env: member(job, 'env'),
    environment: member(job, 'environment'),
    timeoutMinutes: member(job, 'timeout-minutes'),
    continueOnError: member(job, 'continue-on-error'),
    outputs: member(job, 'outputs'),
    defaults: readDefaults(member(job, 'defaults')),
    steps: readSteps(context, member(job, 'steps')),
  };
}

function readSteps(context: TemplateContext, steps: Template | undefined): StepDefinition[] {
  if (steps === undefined || !isSequence(steps)) return [];
  return [...steps].flatMap((step): StepDefinition[] => {
    const common = {
      id: literal(member(step, 'id')) ?? '',
      name: member(step, 'name'),
      condition: conditionOf(context, member(step, 'if')),
      continueOnError: member(step, 'continue-on-error'),
      timeoutMinutes: member(step, 'timeout-minutes'),
      env: member(step, 'env'),
    };
    for (const key of ['background', 'wait', 'wait-all', 'cancel', 'parallel']) {
      if (member(step, key) !== undefined) {
        context.error(step, `The rehearsal does not run background steps: '${key}' is not supported.`);
      }
    }
    const run = member(step, 'run');
    if (run !== undefined) {
      const shell = member(step, 'shell');
      const workingDirectory = member(step, 'working-directory');
      return [{ ...common, kind: 'run', run, shell, workingDirectory }];
    }
    const uses = literal(member(step, 'uses'));
    return uses === undefined ? [] : [{ ...common, kind: 'uses', uses, with: member(step, 'with') }];
  });
}

/**
 * `queue: max` with `cancel-in-progress: true` is a validation error on GitHub
 * (docs.github.com, "Control the concurrency of workflows and jobs").
 */
function checkConcurrency(context: TemplateContext, concurrency: Template | undefined): void {
  const cancel = member(concurrency, 'cancel-in-progress');
  if (cancel === undefined || literal(member(concurrency, 'queue')) !== 'max') return;
  if (literal(cancel) === 'true') {
    context.error(cancel, "'queue: max' cannot be used together with 'cancel-in-progress: true'.");
  }
}
