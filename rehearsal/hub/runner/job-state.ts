import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { data } from '@actions/expressions';
import type { Json, Scope } from '../engine/expressions/evaluate.ts';
import { stepStatusFunctions } from '../engine/expressions/status.ts';
import type { Source } from '../engine/sources.ts';
import { hashFiles } from './hash-files.ts';
import { JobLog } from './job-log.ts';
import { Masks } from './masks.ts';
import type { JobOrder, Runner } from './order.ts';

export type Outcome = 'success' | 'failure' | 'cancelled' | 'skipped';

/** The steps of a job, or of one composite action within it: each list has ids, inputs and a status of its own. */
export interface Frame {
  readonly source: Source;
  readonly inputs: Json;
  readonly steps: Record<string, { outputs: Record<string, string>; outcome: Outcome; conclusion: Outcome }>;
  /** Variables of the composite step around it. */
  readonly env: Readonly<Record<string, string>>;
  /** `github.action*` within it. */
  readonly action: Readonly<Record<string, string>>;
  /** Steps of a composite action see neither `secrets` nor `needs` nor `vars`. */
  readonly isComposite: boolean;
  status: 'success' | 'failure';
}

/** Members of the `github` context that are no variables: the runner hands over the others as GITHUB_*. */
const notInEnvironment = new Set([
  'token',
  'event',
  'repositoryUrl',
  'repository_visibility',
  'secret_source',
]);

export interface Folders {
  readonly root: string;
  readonly workspace: string;
  readonly temp: string;
  readonly files: string;
}

/** What a running job has gathered: variables, paths, masks, the status so far. */
export class JobState {
  readonly order: JobOrder;
  readonly runner: Runner;
  readonly folders: Folders;
  readonly masks: Masks;
  readonly log: JobLog;
  /** Whether `::debug::` lines are written, as the secret or variable ACTIONS_STEP_DEBUG asks. */
  readonly debug: boolean;
  /** Of the workflow, the job, and GITHUB_ENV, the later ones first. */
  readonly env: Record<string, string> = {};
  /** From GITHUB_PATH, the last one first. */
  readonly paths: string[] = [];
  /** Process groups that steps left behind. */
  readonly groups: number[] = [];
  readonly trackingId = `github_${randomUUID()}`;
  cancelled = false;

  constructor(order: JobOrder, runner: Runner, folders: Folders) {
    this.order = order;
    this.runner = runner;
    this.folders = folders;
    this.masks = new Masks();
    for (const secret of Object.values(order.secrets)) this.masks.add(secret);
    this.masks.add(order.token.token);
    this.masks.add(order.token.idTokenRequest);
    this.debug = (order.secrets.ACTIONS_STEP_DEBUG ?? order.vars.ACTIONS_STEP_DEBUG) === 'true';
    this.log = new JobLog({
      hub: runner.hub,
      run: order.run,
      job: order.job,
      masks: this.masks,
      debug: this.debug,
      now: runner.now,
    });
  }

  static async create(order: JobOrder, runner: Runner): Promise<JobState> {
    const repository = runner.hub.repository.name;
    const root = path.join(runner.workFolder, `${order.run.id}-${order.job.id}`);
    const folders = {
      root,
      workspace: path.join(root, repository, repository),
      temp: path.join(root, '_temp'),
      files: path.join(root, '_temp', '_runner_file_commands'),
    };
    for (const folder of [folders.workspace, folders.files, runner.toolCache]) {
      await mkdir(folder, { recursive: true });
    }
    const state = new JobState(order, runner, folders);
    await mkdir(path.dirname(state.eventFile), { recursive: true });
    await writeFile(state.eventFile, JSON.stringify(order.run.payload, null, 2));
    return state;
  }

  get eventFile(): string {
    return path.join(this.folders.temp, '_github_workflow', 'event.json');
  }

  /** Where expressions of a step are evaluated. */
  scope(frame: Frame, env: Readonly<Record<string, string>>): Scope {
    const { order } = this;
    return {
      contexts: {
        github: this.#github(frame),
        env: { ...this.env, ...frame.env, ...env },
        job: {
          status: this.cancelled ? 'cancelled' : frame.status,
          check_run_id: order.job.id,
        },
        steps: frame.steps,
        runner: this.#runnerContext(),
        strategy: order.strategy,
        matrix: order.matrix,
        inputs: frame.inputs,
        ...(frame.isComposite ? {} : { vars: order.vars, secrets: order.secrets, needs: order.needs }),
      },
      functions: [
        ...stepStatusFunctions({ status: frame.status, cancelled: this.cancelled }),
        this.#hashFiles(),
      ],
    };
  }

  /** The variables of a step's process. */
  processEnvironment(
    frame: Frame,
    stepEnv: Readonly<Record<string, string>>,
    commandFiles: Readonly<Record<string, string>>,
  ): Record<string, string> {
    const environment: Record<string, string> = {
      // The one default variable that a workflow may change (docs.github.com, "Variables reference").
      CI: 'true',
      ...this.runner.environment,
      ...this.env,
      ...frame.env,
      ...stepEnv,
      ...this.#defaultVariables(frame),
      ...commandFiles,
    };
    environment.PATH = [...this.paths, environment.PATH ?? ''].join(path.delimiter);
    return environment;
  }

  #github(frame: Frame): Record<string, Json> {
    return {
      ...this.order.github,
      job: this.order.definition.id,
      token: this.order.token.token,
      workspace: this.folders.workspace,
      event_path: this.eventFile,
      ...frame.action,
    };
  }

  #runnerContext(): Record<string, Json> {
    return {
      name: this.runner.name,
      os: operatingSystem(),
      arch: os.arch().toUpperCase(),
      temp: this.folders.temp,
      tool_cache: this.runner.toolCache,
      environment: 'self-hosted',
      debug: this.debug ? '1' : '',
    };
  }

  #defaultVariables(frame: Frame): Record<string, string> {
    const github = this.#github(frame);
    const { order, runner } = this;
    const variables: Record<string, string> = {
      GITHUB_ACTIONS: 'true',
      RUNNER_NAME: runner.name,
      RUNNER_OS: operatingSystem(),
      RUNNER_ARCH: os.arch().toUpperCase(),
      RUNNER_ENVIRONMENT: 'self-hosted',
      RUNNER_TEMP: this.folders.temp,
      RUNNER_TOOL_CACHE: runner.toolCache,
      RUNNER_WORKSPACE: path.dirname(this.folders.workspace),
      RUNNER_TRACKING_ID: this.trackingId,
      // A job's folder is in no repository, whatever the machine keeps above it.
      GIT_CEILING_DIRECTORIES: this.folders.root,
    };
    for (const [name, value] of Object.entries(github)) {
      if (!notInEnvironment.has(name) && (typeof value === 'string' || typeof value === 'number')) {
        variables[`GITHUB_${name.toUpperCase()}`] = String(value);
      }
    }
    if (this.debug) variables.RUNNER_DEBUG = '1';
    variables.GITHUB_REF_PROTECTED = String(github.ref_protected === true);
    if (order.permissions['id-token'] === 'write') {
      variables.ACTIONS_ID_TOKEN_REQUEST_URL = runner.idTokenUrl;
      variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN = order.token.idTokenRequest;
    }
    return variables;
  }

  #hashFiles(): FunctionDefinition {
    return {
      name: 'hashFiles',
      minArgs: 1,
      maxArgs: 255,
      call: (...patterns) =>
        new data.StringData(
          hashFiles(
            this.folders.workspace,
            patterns.map((pattern) => pattern.coerceString()),
          ),
        ),
    };
  }
}

function operatingSystem(): string {
  switch (process.platform) {
    case 'darwin':
      return 'macOS';
    case 'win32':
      return 'Windows';
    default:
      return 'Linux';
  }
}
