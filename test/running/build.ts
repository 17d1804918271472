import type { ECRClient } from '@aws-sdk/client-ecr';
import { runCommand, type Runner } from '../../src/github/index.ts';
import {
  buildImage,
  findRepository,
  openRegistry,
  type BuildResult,
  type BuildTarget,
} from '../../src/image/index.ts';

export interface ServiceBuild {
  readonly ecr: ECRClient;
  readonly runner: Runner;
  /** The repository in the registry, and the image's title. */
  readonly name: string;
  /** What is built is its folder `service`. */
  readonly workspace: string;
  readonly commit: string;
  readonly cache: string;
}

/** Builds a service and pushes it, as build-image does where there is no Docker engine. */
export async function buildService({
  ecr,
  runner,
  name,
  workspace,
  commit,
  cache,
}: ServiceBuild): Promise<{ readonly result: BuildResult; readonly target: BuildTarget }> {
  const { repository, credentials } = await findRepository(ecr, name, runner);
  const target = { repository, credentials, registry: openRegistry({ repository, credentials }) };
  const result = await buildImage({
    workspace,
    context: 'service',
    dockerfile: 'Dockerfile',
    platform: { os: 'linux', architecture: 'amd64' },
    title: name,
    commit,
    builder: 'layered',
    allowBaseless: false,
    cache,
    target,
    run: runCommand,
    runner,
  });
  return { result, target };
}
