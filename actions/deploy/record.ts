import type { ResolvedEnvironment } from '../../src/config/index.ts';
import type { DeployResult, Release } from '../../src/ecs/index.ts';
import { openDeployments, runner, sentence, type Context } from '../../src/github/index.ts';

/** The record of one deployment at GitHub. It never fails a deployment. */
export interface Record {
  /** Makes it, or finds the one that a run before has left open. */
  open(deployment: string, taskDefinition: string): Promise<void>;
  /** Finds the one that `deploy` has made. Where that has ended it already, there is nothing to add. */
  resume(): Promise<void>;
  end(state: 'success' | 'failure' | 'error' | 'inactive', description: string): Promise<void>;
}

export interface RecordOptions {
  readonly context: Context;
  readonly environment: ResolvedEnvironment;
  readonly release: Release;
  /** Without one nothing is recorded. */
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

/** One record a deployment: the steps after the first find what it has opened. */
export function openRecord({ context, environment, release, token, signal }: RecordOptions): Record {
  const deployments = token === undefined ? undefined : openDeployments({ ...context, token, runner });
  const { image, digest, version, commit } = release;
  let id: number | undefined;
  return {
    open: async (deployment, taskDefinition) => {
      // A job that is cancelled has no time for records.
      if (deployments === undefined || signal.aborted) return;
      id = await deployments.pending(environment.name, digest);
      if (id !== undefined) return;
      id = await deployments.create({
        environment: environment.name,
        ref: context.ref,
        description: `${environment.serviceName} ${version}`,
        production: environment.name === 'production',
        payload: { image, digest, version, commit, taskDefinition, serviceDeployment: deployment },
      });
      await deployments.setState(id, 'in_progress');
    },
    resume: async () => {
      if (deployments !== undefined && !signal.aborted)
        id = await deployments.pending(environment.name, digest);
    },
    end: async (state, description) => {
      await deployments?.setState(id, state, {
        description,
        ...(environment.url === undefined ? {} : { environmentUrl: environment.url }),
      });
    },
  };
}

/** Says how it ended: in the log, by the step's colour, and in the record. */
export async function report(
  result: DeployResult,
  { environment, release }: Pick<RecordOptions, 'environment' | 'release'>,
  record: Record,
): Promise<void> {
  const why = result.why ?? '';
  switch (result.state) {
    case 'deployed':
      runner.info(
        `${release.version} serves${environment.url === undefined ? '' : ` at ${environment.url}`}.`,
      );
      await record.end(
        'success',
        `${release.version} answers; ${result.taskDefinition.split('/').at(-1) ?? ''}`,
      );
      return;
    case 'ready':
    case 'switched':
      // The steps that come end the record.
      return;
    case 'superseded':
      runner.notice('A newer deployment took over before this one was done.', { title: 'Superseded' });
      await record.end('inactive', why);
      return;
    case 'cancelled':
    case 'failed':
    case 'held':
    case 'rolled-back':
    case 'unknown':
    case 'unproven':
      runner.fail(
        `${environment.name} is not deployed (${result.state}): ${sentence(why)} The summary has the evidence.`,
      );
      // `failure` keeps the digest out of the environment: only what the release itself has done counts.
      await record.end(result.blame === 'release' ? 'failure' : 'error', why);
      return;
  }
}
