import { connectAws, type Aws } from '../../src/aws/index.ts';
import type { ResolvedEnvironment } from '../../src/config/index.ts';
import type { Release } from '../../src/ecs/index.ts';
import {
  cancellation,
  inputs,
  loadSluiceYml,
  optional,
  readContext,
  readEnvironment,
  regionOf,
  required,
  runner,
  sleep,
  type Context,
} from '../../src/github/index.ts';

/** The inputs that the steps of a deployment have in common. */
export const releaseInputs = {
  config: optional(inputs.workspacePath, 'sluice.yml'),
  environment: required(inputs.environmentName),
  variables: optional(inputs.variables, {}),
  version: optional(inputs.version),
  'github-token': optional(inputs.token),
};

export interface ReleaseInput {
  readonly config: string;
  readonly environment: string;
  readonly variables: Readonly<globalThis.Record<string, string>>;
  readonly version: string | undefined;
}

/** What a step of a deployment works with. */
export interface Bench {
  readonly context: Context;
  readonly environment: ResolvedEnvironment;
  readonly aws: Aws;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
  readonly runner: typeof runner;
  readonly workspace: string;
  readonly now: () => number;
  readonly sleep: typeof sleep;
  readonly random: () => number;
}

/** @throws Failure where sluice.yml, or a variable that it wants, will not do */
export async function openBench(input: ReleaseInput): Promise<Bench> {
  const context = readContext(runner.environment);
  const config = await loadSluiceYml(runner, context.workspace, input.config);
  const environment = await readEnvironment(config, input.environment, input.variables);
  return {
    context,
    environment,
    aws: connectAws({ runner, region: regionOf(environment, runner), role: environment.aws.role }),
    signal: cancellation(),
    runner,
    workspace: context.workspace,
    now: () => performance.now(),
    sleep,
    random: Math.random,
  };
}

/** @param image `registry/repository@sha256:…` */
export function releaseOf(image: string, version: string | undefined, { sha }: Context): Release {
  return {
    image,
    digest: image.slice(image.indexOf('@') + 1),
    version: version ?? sha,
    commit: sha,
  };
}
