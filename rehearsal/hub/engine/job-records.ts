import type { Hub } from '../hub.ts';
import type { Conclusion, Job, Run } from '../model.ts';
import { hasExpression, literal } from './expressions/template.ts';
import type { LoadedJob, LoadedWorkflow } from './workflow/load.ts';

/** What a job is called before its name's expressions can be evaluated. */
function staticName(definition: LoadedJob['definition']): string {
  const { name, id } = definition;
  if (name === undefined || hasExpression(name)) return id;
  return literal(name) ?? id;
}

/** The keys and names of a called workflow's jobs carry their caller's: `development.deploy`, `Development / Deploy`. */
export interface Place {
  readonly keyPrefix: string;
  readonly namePrefix: string;
}

export const top: Place = { keyPrefix: '', namePrefix: '' };

export function below(place: Place, definition: LoadedJob['definition'], name: string): Place {
  return { keyPrefix: `${place.keyPrefix}${definition.id}.`, namePrefix: `${place.namePrefix}${name} / ` };
}

/**
 * The jobs that a run shows from its beginning, those of called workflows in place of the job that calls. A matrix
 * is one job until its combinations are known.
 */
export function plannedJobs(loaded: LoadedWorkflow): { key: string; name: string; needs: string[] }[] {
  return plan(loaded, top, []);
}

function plan(
  loaded: LoadedWorkflow,
  place: Place,
  inherited: readonly string[],
): { key: string; name: string; needs: string[] }[] {
  return loaded.jobs.flatMap((job) => {
    const { definition } = job;
    const needs =
      definition.needs.length === 0
        ? [...inherited]
        : definition.needs.flatMap((id) => lastKeys(loaded, id, place));
    const name = staticName(definition);
    if ('called' in job) return plan(job.called, below(place, definition, name), needs);
    return [{ key: place.keyPrefix + definition.id, name: place.namePrefix + name, needs }];
  });
}

/** A job's key, or those of the jobs that end the workflow it calls. */
function lastKeys(loaded: LoadedWorkflow, id: string, place: Place): string[] {
  const job = loaded.jobs.find((candidate) => candidate.definition.id === id);
  if (job === undefined) return [];
  if (!('called' in job)) return [place.keyPrefix + id];
  const inner = job.called.jobs;
  const needed = new Set(inner.flatMap((candidate) => candidate.definition.needs));
  const inside = below(place, job.definition, '');
  return inner
    .filter((candidate) => !needed.has(candidate.definition.id))
    .flatMap((candidate) => lastKeys(job.called, candidate.definition.id, inside));
}

/** The records of a run's jobs in the hub. */
export class JobRecords {
  readonly #hub: Hub;
  readonly #run: Run;
  readonly #now: () => Date;

  constructor(hub: Hub, run: Run, now: () => Date) {
    this.#hub = hub;
    this.#run = run;
    this.#now = now;
  }

  /**
   * A record that waits for its job, or a new one. A matrix takes the planned record for its first combination.
   */
  take(key: string, name: string): Job {
    const siblings = this.#run.jobs.filter((job) => job.key === key && job.attempt === this.#run.attempt);
    const planned = siblings.find((job) => !this.#taken.has(job.id));
    const record = planned ?? this.#create(key, name, siblings[0]?.needs ?? []);
    this.#taken.add(record.id);
    record.name = name;
    this.save(record);
    return record;
  }

  readonly #taken = new Set<number>();

  plan(
    jobs: readonly { readonly key: string; readonly name: string; readonly needs: readonly string[] }[],
  ): void {
    for (const { key, name, needs } of jobs) this.save(this.#create(key, name, needs));
  }

  complete(job: Job, conclusion: Conclusion): void {
    job.status = 'completed';
    job.conclusion = conclusion;
    delete job.waitingFor;
    if (job.startedAt !== undefined || conclusion !== 'skipped') job.completedAt = this.#now().toISOString();
    this.save(job);
  }

  wait(job: Job, status: 'pending' | 'waiting', reason: string): void {
    job.status = status;
    job.waitingFor = reason;
    this.save(job);
  }

  queue(job: Job): void {
    job.status = 'queued';
    delete job.waitingFor;
    this.save(job);
  }

  start(job: Job): void {
    job.status = 'in_progress';
    delete job.waitingFor;
    job.startedAt = this.#now().toISOString();
    this.save(job);
  }

  /** A message about a job that has no log of its own making. */
  annotate(job: Job, level: 'failure' | 'warning' | 'notice', message: string): void {
    job.annotations.push({ level, message, step: 0 });
    this.#hub.log(job.id, {
      at: this.#now().toISOString(),
      step: 0,
      kind: level === 'failure' ? 'error' : level,
      text: message,
    });
    this.save(job);
  }

  save(job: Job): void {
    this.#hub.saveJob(this.#run, job);
    this.#showWhetherItWaits();
  }

  /** A run whose jobs wait for reviewers, and none of which runs, waits itself. */
  #showWhetherItWaits(): void {
    const run = this.#run;
    if (run.status !== 'in_progress' && run.status !== 'waiting') return;
    const states = new Set(run.jobs.map(({ status }) => status));
    const status = states.has('waiting') && !states.has('in_progress') ? 'waiting' : 'in_progress';
    if (run.status === status) return;
    run.status = status;
    this.#hub.saveRun(run);
  }

  #create(key: string, name: string, needs: readonly string[]): Job {
    return {
      id: this.#hub.nextId(),
      runId: this.#run.id,
      attempt: this.#run.attempt,
      key,
      name,
      needs,
      status: 'queued',
      createdAt: this.#now().toISOString(),
      steps: [],
      annotations: [],
      outputs: {},
    };
  }
}
