import type { Permissions } from '../../model.ts';
import type { Json } from '../expressions/evaluate.ts';
import type { Template } from '../expressions/template.ts';

/** A workflow file, checked. Templates still hold the expressions that can only be evaluated in a run. */
export interface Workflow {
  /** `.github/workflows/development.yml` */
  readonly path: string;
  readonly name: string;
  readonly runName: Template | undefined;
  readonly triggers: Triggers;
  readonly env: Template | undefined;
  readonly permissions: Permissions | undefined;
  readonly defaults: RunDefaults;
  readonly concurrency: Template | undefined;
  readonly jobs: readonly JobDefinition[];
}

export interface Triggers {
  readonly push?: PushFilter;
  readonly pullRequest?: PullRequestFilter;
  readonly dispatch?: { readonly inputs: readonly InputDefinition[] };
  readonly call?: CallInterface;
  /** Cron expressions; the rehearsal runs them by hand only. */
  readonly schedule?: readonly string[];
  /** Events that happen on GitHub and never here: `workflow_run`, `issues`, … */
  readonly elsewhere?: readonly string[];
}

export interface PushFilter {
  readonly branches?: readonly string[];
  readonly branchesIgnore?: readonly string[];
  readonly tags?: readonly string[];
  readonly tagsIgnore?: readonly string[];
  readonly paths?: readonly string[];
  readonly pathsIgnore?: readonly string[];
}

/** Patterns of the base branch, and of the files that the head changes against it. */
export interface PullRequestFilter extends Pick<
  PushFilter,
  'branches' | 'branchesIgnore' | 'paths' | 'pathsIgnore'
> {
  /** `opened`, `synchronize`, … */
  readonly types: readonly string[];
}

export type InputType = 'string' | 'boolean' | 'number' | 'choice' | 'environment';

export interface InputDefinition {
  readonly name: string;
  readonly description: string;
  readonly type: InputType;
  readonly required: boolean;
  readonly default: Template | undefined;
  readonly options: readonly string[];
}

/** What `workflow_call` takes and gives. */
export interface CallInterface {
  readonly inputs: readonly InputDefinition[];
  readonly secrets: readonly { readonly name: string; readonly required: boolean }[];
  readonly outputs: readonly { readonly name: string; readonly value: Template }[];
}

export interface RunDefaults {
  readonly shell: Template | undefined;
  readonly workingDirectory: Template | undefined;
}

interface CommonJob {
  readonly id: string;
  readonly name: Template | undefined;
  readonly needs: readonly string[];
  /** With its status function. */
  readonly condition: string;
  readonly strategy: Template | undefined;
  readonly concurrency: Template | undefined;
  readonly permissions: Permissions | undefined;
}

export interface StepsJob extends CommonJob {
  readonly kind: 'steps';
  readonly env: Template | undefined;
  readonly environment: Template | undefined;
  readonly timeoutMinutes: Template | undefined;
  readonly continueOnError: Template | undefined;
  readonly outputs: Template | undefined;
  readonly defaults: RunDefaults;
  readonly steps: readonly StepDefinition[];
}

/** A job that calls a reusable workflow. */
export interface CallJob extends CommonJob {
  readonly kind: 'call';
  readonly uses: string;
  readonly with: Template | undefined;
  readonly secrets: 'inherit' | Template | undefined;
}

export type JobDefinition = StepsJob | CallJob;

interface CommonStep {
  /** Empty where the step has none. */
  readonly id: string;
  readonly name: Template | undefined;
  readonly condition: string;
  readonly continueOnError: Template | undefined;
  readonly timeoutMinutes: Template | undefined;
  readonly env: Template | undefined;
}

export interface RunStep extends CommonStep {
  readonly kind: 'run';
  readonly run: Template;
  readonly shell: Template | undefined;
  readonly workingDirectory: Template | undefined;
}

export interface ActionStep extends CommonStep {
  readonly kind: 'uses';
  readonly uses: string;
  readonly with: Template | undefined;
}

export type StepDefinition = RunStep | ActionStep;

/** Inputs of a run or of a called workflow, typed: what the `inputs` context holds. */
export type Inputs = Readonly<Record<string, Json>>;

/** An `action.yml`. */
export interface Action {
  readonly name: string;
  readonly inputs: readonly ActionInput[];
  readonly outputs: readonly { readonly name: string; readonly value: Template | undefined }[];
  readonly runs: NodeRuns | CompositeRuns;
}

export interface ActionInput {
  readonly name: string;
  readonly required: boolean;
  readonly default: Template | undefined;
  readonly deprecationMessage: string | undefined;
}

export interface NodeRuns {
  readonly using: 'node';
  readonly main: string;
  readonly pre: string | undefined;
  readonly preCondition: string;
  readonly post: string | undefined;
  readonly postCondition: string;
}

export interface CompositeRuns {
  readonly using: 'composite';
  readonly steps: readonly StepDefinition[];
}
