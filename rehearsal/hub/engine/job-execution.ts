import { randomBytes } from 'node:crypto';
import type { Conclusion, Job, JobToken, Permissions } from '../model.ts';
import { runJob } from '../runner/job.ts';
import type { ReadyCombination } from './combinations.ts';
import type { Ticket } from './concurrency.ts';
import { EnvironmentDeployment } from './environment-deployment.ts';
import { hasGate, isRefAllowed, waitAtGate } from './environment-gate.ts';
import type { Json } from './expressions/evaluate.ts';
import { evaluateBoolean } from './expressions/template.ts';
import type { JobEnd } from './outcome.ts';
import type { RunContext, WorkflowScope } from './run-context.ts';
import { awaitTurn, secretsOf, tokenOfTheJob, variablesOf } from './run-context.ts';
import { evaluateConcurrency, evaluateEnvironment } from './strategy.ts';
import type { StepsJob } from './workflow/model.ts';

/** A job whose condition holds, with the contexts of its matrix. */
interface ReadyJob extends ReadyCombination {
  readonly definition: StepsJob;
  readonly permissions: Permissions;
}

/** Takes a job through its concurrency group, its environment's rules and a place on the machine, and runs it. */
export async function executeJob(context: RunContext, scope: WorkflowScope, job: ReadyJob): Promise<JobEnd> {
  const { records, runner, slots } = context;
  const { definition, stop } = job;
  const record = records.take(scope.place.keyPrefix + definition.id, scope.place.namePrefix + job.name);
  const end = (result: Conclusion): JobEnd => {
    records.complete(record, result);
    return { result, outputs: {} };
  };
  const replaced = new AbortController();
  let ticket: Ticket | undefined;
  let release: (() => void) | undefined;
  let deployment: EnvironmentDeployment | undefined;
  try {
    const entry = enterGroup(context, scope, job, record, replaced);
    if (entry === 'deadlock') return end('cancelled');
    ticket = entry;
    if (ticket !== undefined && !(await waitForGroup(context, ticket, record, stop))) return end('cancelled');
    const environment = evaluateEnvironment(definition.environment, job.scope);
    if (environment !== undefined) {
      record.environment = { name: environment.name };
      runner.hub.environment(environment.name);
      if (!isRefAllowed(context, record, environment.name)) return end('failure');
      if (environment.deployment) {
        deployment = new EnvironmentDeployment(runner.hub, context.run, record, {
          serverUrl: runner.serverUrl,
          environment: environment.name,
          now: runner.now,
        });
      }
      if (hasGate(context, environment.name)) {
        deployment?.become('waiting');
        const verdict = await waitAtGate(context, record, environment.name, stop);
        if (verdict !== 'passed') {
          deployment?.become('failure');
          return end(verdict === 'rejected' ? 'failure' : 'cancelled');
        }
      }
    }
    records.queue(record);
    release = await slots.take(stop);
    if (release === undefined) return end('cancelled');
    return await runOnMachine(context, scope, job, record, {
      environment: environment?.name,
      deployment,
      cancelled: AbortSignal.any([stop, replaced.signal]),
    });
  } catch (error: unknown) {
    records.annotate(record, 'failure', error instanceof Error ? error.message : String(error));
    return end('failure');
  } finally {
    release?.();
    ticket?.leave();
  }
}

function enterGroup(
  { groups, records, run }: RunContext,
  scope: WorkflowScope,
  { definition, scope: jobScope }: ReadyJob,
  record: Job,
  replaced: AbortController,
): Ticket | 'deadlock' | undefined {
  const setting = evaluateConcurrency(definition.concurrency, jobScope);
  if (setting === undefined) return undefined;
  if (scope.heldGroups.includes(setting.group.toLowerCase())) {
    records.annotate(
      record,
      'failure',
      `Canceling since a deadlock for concurrency group '${setting.group}' was detected between 'top level workflow' and '${definition.id}'`,
    );
    return 'deadlock';
  }
  return groups.enter(setting, {
    title: `${run.workflowName} #${run.number} (${record.name})`,
    cancel: (reason) => {
      records.annotate(record, 'failure', reason);
      replaced.abort();
    },
  });
}

/** @returns whether it is the job's turn */
async function waitForGroup(
  { records }: RunContext,
  ticket: Ticket,
  record: Job,
  stop: AbortSignal,
): Promise<boolean> {
  if (ticket.reason() !== '') records.wait(record, 'pending', ticket.reason());
  if ((await awaitTurn(ticket, stop)) === 'granted') return true;
  // Replaced by a newer one, or the queue is full; a cancelled run needs no explanation.
  if (!stop.aborted) records.annotate(record, 'failure', ticket.reason());
  return false;
}

async function runOnMachine(
  context: RunContext,
  scope: WorkflowScope,
  job: ReadyJob,
  record: Job,
  {
    environment,
    deployment,
    cancelled,
  }: {
    readonly environment: string | undefined;
    readonly deployment: EnvironmentDeployment | undefined;
    readonly cancelled: AbortSignal;
  },
): Promise<JobEnd> {
  const { runner, run, records } = context;
  const { definition, permissions } = job;
  const { contexts } = job.scope;
  const token = issueToken(context, scope, permissions, record, environment);
  records.start(record);
  deployment?.become('in_progress');
  let result: Conclusion = 'failure';
  try {
    const { conclusion, outputs } = await runJob(
      {
        run,
        job: record,
        definition,
        workflow: scope.loaded.workflow,
        source: scope.loaded.source,
        permissions,
        token,
        environment,
        github: contexts.github as Record<string, Json>,
        inputs: scope.inputs,
        vars: variablesOf(runner, environment),
        secrets: withToken(secretsOf(runner, scope, environment), token.token),
        needs: contexts.needs ?? {},
        strategy: contexts.strategy ?? null,
        matrix: contexts.matrix ?? null,
        cancelled,
        killed: context.killed,
      },
      runner,
    );
    result = conclusion;
    return { result: isForgiven(job, conclusion) ? 'success' : conclusion, outputs };
  } finally {
    runner.hub.tokens.delete(token.token);
    deployment?.become(result === 'success' ? 'success' : 'failure', record.environment?.url);
    records.complete(record, result);
  }
}

function withToken(secrets: Readonly<Record<string, string>>, token: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [name, value === tokenOfTheJob ? token : value]),
  );
}

/** `continue-on-error`: the job is shown as failed, and counts as a success for what needs it and for the run. */
function isForgiven({ definition, scope }: ReadyJob, conclusion: Conclusion): boolean {
  if (conclusion !== 'failure' || definition.continueOnError === undefined) return false;
  return evaluateBoolean(definition.continueOnError, scope);
}

function issueToken(
  { run, runner }: RunContext,
  scope: WorkflowScope,
  permissions: Permissions,
  job: Job,
  environment: string | undefined,
): JobToken {
  const { workflow, source } = scope.loaded;
  const token: JobToken = {
    token: `ghs_${randomBytes(27).toString('base64url')}`,
    idTokenRequest: randomBytes(32).toString('base64url'),
    runId: run.id,
    jobId: job.id,
    permissions,
    ...(environment === undefined ? {} : { environment }),
    jobWorkflowRef: `${source.repository}/${workflow.path}@${source.ref}`,
  };
  runner.hub.tokens.set(token.token, token);
  return token;
}
