import type { Conclusion } from '../model.ts';
import { executeCombinations, type ReadyCombination } from './combinations.ts';
import type { ConcurrencySetting, Ticket } from './concurrency.ts';
import type { Json, Scope } from './expressions/evaluate.ts';
import { evaluateCondition } from './expressions/evaluate.ts';
import { jobStatusFunctions } from './expressions/status.ts';
import { evaluateString, evaluateStrings, evaluateTemplate } from './expressions/template.ts';
import { executeJob } from './job-execution.ts';
import { below } from './job-records.ts';
import { merged, worst, type JobEnd, type JobOutcome } from './outcome.ts';
import type { RunContext, WorkflowScope } from './run-context.ts';
import { awaitTurn, secretsOf, workflowScope } from './run-context.ts';
import { evaluateConcurrency } from './strategy.ts';
import { resolveInputs } from './workflow/inputs.ts';
import type { LoadedJob, LoadedWorkflow } from './workflow/load.ts';

/** Takes a workflow, triggered or called, through its concurrency group, and runs its jobs. */
export async function executeWorkflow(
  context: RunContext,
  scope: WorkflowScope,
): Promise<Map<string, JobOutcome>> {
  const { run } = context;
  const setting = evaluateConcurrency(scope.loaded.workflow.concurrency, workflowScope(context, scope));
  const heldGroups = holding(scope, setting);
  const ticket =
    setting === undefined
      ? undefined
      : context.groups.enter(setting, {
          title: `${run.workflowName} #${run.number}`,
          cancel: (reason) => context.cancel(reason),
        });
  try {
    if (ticket !== undefined) await awaitRunTurn(context, ticket);
    begin(context);
    return await executeJobs(context, { ...scope, heldGroups });
  } finally {
    ticket?.leave();
  }
}

async function awaitRunTurn({ run, runner, cancel, cancelled }: RunContext, ticket: Ticket): Promise<void> {
  if (ticket.reason() !== '' && run.status === 'queued') {
    run.status = 'pending';
    runner.hub.saveRun(run);
  }
  const turn = await awaitTurn(ticket, cancelled);
  if (turn === 'cancelled' && !cancelled.aborted) cancel(ticket.reason());
}

function begin({ run, runner }: RunContext): void {
  if (run.status === 'in_progress' || run.status === 'waiting') return;
  run.status = 'in_progress';
  run.startedAt ??= runner.now().toISOString();
  runner.hub.saveRun(run);
}

/** The jobs of a workflow, each as soon as what it needs has ended. */
async function executeJobs(context: RunContext, scope: WorkflowScope): Promise<Map<string, JobOutcome>> {
  const outcomes = new Map<string, Promise<JobOutcome>>();
  const outcomeOf = (id: string): Promise<JobOutcome> => {
    const known = outcomes.get(id);
    if (known !== undefined) return known;
    const job = scope.loaded.jobs.find((candidate) => candidate.definition.id === id);
    // The parser has checked that every job that is needed exists, and that none needs itself.
    if (job === undefined) throw new Error(`There is no job ${id}.`);
    const needs = Promise.all(
      job.definition.needs.map(async (need) => [need, await outcomeOf(need)] as const),
    );
    const outcome = needs.then((entries) => executeWhenWanted(context, scope, job, new Map(entries)));
    outcomes.set(id, outcome);
    return outcome;
  };
  const ids = scope.loaded.jobs.map(({ definition }) => definition.id);
  return new Map(await Promise.all(ids.map(async (id) => [id, await outcomeOf(id)] as const)));
}

/** A job of the workflow file: its condition first, then all that it stands for. */
async function executeWhenWanted(
  context: RunContext,
  scope: WorkflowScope,
  job: LoadedJob,
  needs: ReadonlyMap<string, JobOutcome>,
): Promise<JobOutcome> {
  const { definition } = job;
  const key = scope.place.keyPrefix + definition.id;
  const ancestors = new Map([...needs.values()].flatMap((outcome) => [...outcome.lineage]));
  const finish = ({ result, outputs }: JobEnd): JobOutcome => ({
    result,
    outputs,
    lineage: new Map([...ancestors, [definition.id, result]]),
  });
  const kept = keptOutputs(context, key);
  if (kept !== undefined) return finish({ result: 'success', outputs: kept });

  const jobScope: Scope = {
    contexts: { ...workflowScope(context, scope).contexts, needs: endsOf(needs) },
  };
  const holds = (): boolean =>
    evaluateCondition(definition.condition, {
      ...jobScope,
      functions: jobStatusFunctions({ ancestors, cancelled: scope.cancelled.aborted }),
    });
  try {
    if (context.killed.aborted || !holds()) {
      const result = scope.cancelled.aborted ? 'cancelled' : 'skipped';
      completePlanned(context, key, result);
      return finish({ result, outputs: {} });
    }
    const end = await executeCombinations(definition, {
      scope: jobScope,
      holds,
      cancelled: scope.cancelled,
      killed: context.killed,
      execute: (ready) =>
        'called' in job
          ? executeCall(context, scope, job, ready)
          : executeJob(context, scope, { ...job, ...ready }),
    });
    return finish(end);
  } catch (error: unknown) {
    const { records } = context;
    const record = records.take(key, scope.place.namePrefix + definition.id);
    records.annotate(record, 'failure', error instanceof Error ? error.message : String(error));
    records.complete(record, 'failure');
    return finish({ result: 'failure', outputs: {} });
  }
}

/** A reusable workflow in place of a job. */
async function executeCall(
  context: RunContext,
  scope: WorkflowScope,
  { definition, callee, called }: Extract<LoadedJob, { called: LoadedWorkflow }>,
  ready: ReadyCombination,
): Promise<JobEnd> {
  const { runner, groups, cancel } = context;
  const setting = evaluateConcurrency(definition.concurrency, ready.scope);
  const heldGroups = holding(scope, setting);
  const ticket = setting === undefined ? undefined : groups.enter(setting, { title: ready.name, cancel });
  try {
    if (ticket !== undefined && (await awaitTurn(ticket, ready.stop)) !== 'granted') {
      return { result: 'cancelled', outputs: {} };
    }
    const given = definition.with === undefined ? {} : evaluateTemplate(definition.with, ready.scope);
    const withSecrets: Scope = {
      contexts: { ...ready.scope.contexts, secrets: secretsOf(runner, scope, undefined) },
    };
    const inner: WorkflowScope = {
      loaded: called,
      place: below(scope.place, definition, ready.name),
      // The schema allows nothing but a mapping in `with`.
      inputs: resolveInputs(callee.inputs, given as Readonly<Record<string, Json>>, ready.scope),
      secrets:
        definition.secrets === 'inherit' ? scope.secrets : evaluateStrings(definition.secrets, withSecrets),
      heldGroups,
      cancelled: ready.stop,
    };
    const outcomes = await executeWorkflow(context, inner);
    const outputScope: Scope = {
      contexts: { ...workflowScope(context, inner).contexts, jobs: endsOf(outcomes) },
    };
    return {
      result: worst([...outcomes.values()]),
      outputs: Object.fromEntries(
        callee.outputs.map(({ name, value }) => [name, evaluateString(value, outputScope)]),
      ),
    };
  } finally {
    ticket?.leave();
  }
}

/**
 * The groups that are held within a workflow or a call.
 * @throws Error where its own is held around it already: it would wait for itself
 */
function holding(scope: WorkflowScope, setting: ConcurrencySetting | undefined): readonly string[] {
  if (setting === undefined) return scope.heldGroups;
  const group = setting.group.toLowerCase();
  if (!scope.heldGroups.includes(group)) return [...scope.heldGroups, group];
  throw new Error(
    `Canceling since a deadlock for concurrency group '${setting.group}' was detected within one run.`,
  );
}

/** Jobs by id, as the contexts `needs` and `jobs` have them. */
function endsOf(outcomes: ReadonlyMap<string, JobOutcome>) {
  return Object.fromEntries([...outcomes].map(([id, { result, outputs }]) => [id, { result, outputs }]));
}

/** Ends the records of a job that does not run, and of all that it would have called. */
function completePlanned({ run, records }: RunContext, key: string, result: Conclusion): void {
  for (const record of run.jobs) {
    const isPlanned = record.attempt === run.attempt && record.status !== 'completed';
    if (isPlanned && (record.key === key || record.key.startsWith(`${key}.`))) {
      records.complete(record, result);
    }
  }
}

function keptOutputs({ run, kept }: RunContext, key: string): Record<string, string> | undefined {
  if (!kept.has(key)) return undefined;
  return merged(run.jobs.filter((record) => record.key === key).map(({ outputs }) => outputs));
}
