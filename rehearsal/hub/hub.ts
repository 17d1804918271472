import { EventEmitter } from 'node:events';
import { actionsBot } from './accounts.ts';
import type { CodeScanning } from './code-scanning/index.ts';
import { unprotected } from './environments/unprotected.ts';
import type {
  Change,
  CheckRun,
  CommitStatus,
  Deployment,
  Environment,
  Issue,
  Job,
  JobToken,
  LogLine,
  PullRequest,
  Release,
  Repository,
  Run,
} from './model.ts';

/** Everything the local GitHub remembers, in memory. Persistence subscribes to {@link Hub.onChange}. */
export class Hub {
  readonly repository: Repository;
  readonly runs = new Map<number, Run>();
  readonly deployments = new Map<number, Deployment>();
  readonly environments = new Map<string, Environment>();
  readonly commitStatuses: CommitStatus[] = [];
  readonly checkRuns = new Map<number, CheckRun>();
  /** By number. */
  readonly issues = new Map<number, Issue>();
  /** By number. */
  readonly pullRequests = new Map<number, PullRequest>();
  readonly releases = new Map<number, Release>();
  readonly codeScanning: CodeScanning = { uploads: [], analyses: [], alerts: [] };
  /** Logins of those who push, review and start things; a rehearsal has no accounts. */
  readonly people = new Set<string>();
  /** Repository-level variables and secrets (`vars.*`, `secrets.*`); an environment's own come first. */
  readonly variables: Record<string, string> = {};
  readonly secrets: Record<string, string> = {};
  /** Tokens of the jobs that are running now; a job's token dies with it. */
  readonly tokens = new Map<string, JobToken>();
  readonly #logs = new Map<number, LogLine[]>();
  readonly #changes = new EventEmitter<{ change: [Change] }>().setMaxListeners(0);
  #lastId = 0;

  constructor(repository: Repository) {
    this.repository = repository;
  }

  /** A number that no other record of this hub has. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** The next number of an issue or a pull request. */
  nextNumber(): number {
    return Math.max(0, ...this.issues.keys(), ...this.pullRequests.keys()) + 1;
  }

  /** The highest number that was given out or reserved. */
  get lastId(): number {
    return this.#lastId;
  }

  /** So that a restarted hub goes on numbering where it stopped. */
  reserveIds(upTo: number): void {
    this.#lastId = Math.max(this.#lastId, upTo);
  }

  saveRun(run: Run): void {
    this.runs.set(run.id, run);
    this.announce({ kind: 'run', run });
  }

  saveJob(run: Run, job: Job): void {
    if (!run.jobs.includes(job)) run.jobs.push(job);
    this.announce({ kind: 'job', run, job });
  }

  saveDeployment(deployment: Deployment): void {
    this.deployments.set(deployment.id, deployment);
    this.announce({ kind: 'deployment', deployment });
  }

  log(jobId: number, line: LogLine): void {
    const lines = this.#logs.get(jobId);
    if (lines === undefined) this.#logs.set(jobId, [line]);
    else lines.push(line);
    this.announce({ kind: 'log', jobId, line });
  }

  logOf(jobId: number): readonly LogLine[] {
    return this.#logs.get(jobId) ?? this.earlierLog(jobId);
  }

  /** Where the logs of jobs of earlier starts are read from; persistence sets it. */
  earlierLog: (jobId: number) => readonly LogLine[] = () => [];

  environment(name: string): Environment {
    let environment = this.environments.get(name);
    if (environment === undefined) {
      environment = { id: this.nextId(), name, variables: {}, secrets: {}, protection: unprotected };
      this.environments.set(name, environment);
    }
    return environment;
  }

  /** Somebody pushed, was named as a reviewer, or started something. Jobs act as a bot, which is nobody. */
  meet(login: string): void {
    if (login !== actionsBot) this.people.add(login);
  }

  /** Calls `listener` on every change, until the returned function is called. */
  onChange(listener: (change: Change) => void): () => void {
    this.#changes.on('change', listener);
    return () => this.#changes.off('change', listener);
  }

  announce(change: Change): void {
    this.#changes.emit('change', change);
  }
}
