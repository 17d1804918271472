import { buildArguments, findDocker, isBaseMissing } from './docker.ts';
import { CommandNotStarted } from '../github/index.ts';

const build = {
  context: '/w/service',
  dockerfile: 'Dockerfile',
  platform: { os: 'linux', architecture: 'arm64' },
  labels: { a: 'b=c' },
  tag: '127.0.0.1:5000/chatbot:src-1',
};

describe('docker build', () => {
  it('makes one plain manifest for one platform', () => {
    const common = [
      '--platform',
      'linux/arm64',
      '--label',
      'a=b=c',
      '--tag',
      build.tag,
      '--file',
      '/w/service/Dockerfile',
      '/w/service',
    ];
    expect(buildArguments(build, true)).toEqual([
      'buildx',
      'build',
      '--load',
      '--provenance=false',
      '--sbom=false',
      ...common,
    ]);
    expect(buildArguments(build, false)).toEqual(['build', ...common]);
  });

  it.each([
    'ERROR: failed to solve: node:24-slim: failed to resolve source metadata for docker.io/library/node:24-slim',
    'pull access denied for x, repository does not exist',
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
    'manifest for node:99 not found: manifest unknown',
  ])('knows a base that cannot be pulled: %s', (output) => {
    expect(isBaseMissing(output)).toBe(true);
  });

  it.each([
    'COPY failed: file not found in build context',
    'The command /bin/sh -c npm ci returned a non-zero code: 1',
    'npm error network request to https://registry.npmjs.org failed',
  ])('does not take another failure for it: %s', (output) => {
    expect(isBaseMissing(output)).toBe(false);
  });

  it('is not there where the program cannot be started, or no engine answers', async () => {
    const options = { environment: {}, log: () => undefined };
    const missing = () => Promise.reject(new CommandNotStarted('docker'));
    expect(await findDocker({ ...options, run: missing })).toBeUndefined();
    const silent = () => Promise.resolve({ exitCode: 1, stdout: '', stderr: 'Cannot connect' });
    expect(await findDocker({ ...options, run: silent })).toBeUndefined();
  });

  it('gets the engine’s address and not the job’s tokens', async () => {
    const seen: unknown[] = [];
    await findDocker({
      environment: {
        DOCKER_HOST: 'unix:///x',
        GITHUB_TOKEN: 'canary',
        AWS_SECRET_ACCESS_KEY: 'canary',
        PATH: '/bin',
      },
      log: () => undefined,
      run: (_program, _args, options) => {
        seen.push(options?.environment);
        return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
      },
    });
    expect(seen[0]).toEqual({ DOCKER_HOST: 'unix:///x', PATH: '/bin', DOCKER_CLI_HINTS: 'false' });
  });
});
