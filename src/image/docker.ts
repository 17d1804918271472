import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildEnvironment, CommandNotStarted, Failure, type RunCommand } from '../github/index.ts';
import type { Platform } from './oci.ts';
import type { Credentials } from './registry/client.ts';

interface DockerBuild {
  /** The build context, absolute. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  /** `registry/repository:tag`, or a local name. */
  readonly tag: string;
}

export interface Docker {
  /** Builds into the engine's own store. */
  build(options: DockerBuild): Promise<void>;
  push(tag: string, registry: string, credentials: Credentials): Promise<void>;
}

/** The base image could not be had: the engine is there, but its registry is not. */
export class BaseNotFound extends Failure {
  override readonly name = 'BaseNotFound';
}

interface DockerOptions {
  readonly run: RunCommand;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Docker's engine through its command line, or `undefined` where none answers. */
export async function findDocker(options: DockerOptions): Promise<Docker | undefined> {
  const { run, log } = options;
  // DOCKER_AUTH_CONFIG and the like stay; what the job was given does not.
  const environment = { ...buildEnvironment(options.environment), DOCKER_CLI_HINTS: 'false' };
  const docker = (
    args: readonly string[],
    extra: { input?: string; environment?: Record<string, string | undefined> } = {},
  ) =>
    run('docker', args, {
      environment,
      ...extra,
      onLine: log,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  const answers = async (args: readonly string[]): Promise<boolean> => {
    try {
      return (await run('docker', args, { environment })).exitCode === 0;
    } catch (error) {
      if (error instanceof CommandNotStarted) return false;
      throw error;
    }
  };
  if (!(await answers(['version', '--format', '{{.Server.Version}}']))) return undefined;
  const buildx = await answers(['buildx', 'version']);

  return {
    build: async (build) => {
      const args = buildArguments(build, buildx);
      log(`docker ${args.join(' ')}`);
      const { exitCode, stderr, stdout } = await docker(args, {
        // Without BuildKit's time stamps, as far as the base and the Dockerfile allow.
        environment: { ...environment, SOURCE_DATE_EPOCH: '0', BUILDKIT_PROGRESS: 'plain' },
      });
      if (exitCode === 0) return;
      const last = `${stdout}\n${stderr}`.trim().split('\n').slice(-6).join(' | ');
      const details = {
        where: path.join(build.context, build.dockerfile),
        why: `exit code ${exitCode}: ${last}`,
      };
      throw isBaseMissing(last)
        ? new BaseNotFound('The image that the Dockerfile starts from could not be pulled', {
            ...details,
            remedy: 'Check the name in FROM, and that the engine reaches its registry (docker pull)',
          })
        : new Failure('docker build failed', {
            ...details,
            remedy:
              'The lines above show the step that failed; "docker build" in the build context shows the same',
          });
    },
    push: async (tag, registry, credentials) => {
      // A configuration of its own, so that the password is not left in the user's.
      const folder = await mkdtemp(path.join(tmpdir(), 'sluice-docker-'));
      const own = { environment: { ...environment, DOCKER_CONFIG: folder } };
      try {
        const login = await docker(
          ['login', '--username', credentials.username, '--password-stdin', registry],
          {
            ...own,
            input: credentials.password,
          },
        );
        const pushed = login.exitCode === 0 ? await docker(['push', '--quiet', tag], own) : login;
        if (pushed.exitCode !== 0) {
          throw new Failure('docker could not push the image', {
            where: tag,
            why: pushed.stderr.trim().split('\n').slice(-3).join(' | '),
            remedy:
              'Check that the role may push to the repository (ecr:PutImage, ecr:UploadLayerPart and their like)',
          });
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The arguments of `docker build`. One platform, and a plain manifest: what ECS resolves is what we name. */
export function buildArguments(build: DockerBuild, buildx: boolean): readonly string[] {
  const { context, dockerfile, platform, labels, tag } = build;
  return [
    ...(buildx ? ['buildx', 'build', '--load', '--provenance=false', '--sbom=false'] : ['build']),
    '--platform',
    `${platform.os}/${platform.architecture}`,
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    '--tag',
    tag,
    '--file',
    path.join(context, dockerfile),
    context,
  ];
}

/** How BuildKit and the classic builder say that they cannot have the base image. */
export function isBaseMissing(output: string): boolean {
  return /failed to resolve source metadata|pull access denied|manifest unknown|manifest for \S+ not found|failed to do request|no such host|Temporary failure in name resolution|(dial tcp|Get "https:)[^|]*(timeout|refused|unreachable|deadline)/i.test(
    output,
  );
}
