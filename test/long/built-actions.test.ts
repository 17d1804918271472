import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const actions = readdirSync(path.join(root, 'actions')).filter((name) =>
  existsSync(path.join(root, 'actions', name, 'action.yml')),
);

/** This machine's environment (registries, certificates), without what a workflow would have put there. */
const machine = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(INPUT_|GITHUB_|ACTIONS_|RUNNER_|NODE_OPTIONS)/.test(name),
  ),
);

/** Starts an action as a runner does: its index.js, with its inputs in the environment. */
function start(
  pack: string,
  action: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(pack, 'actions', action, 'index.js')], {
      env: { ...machine, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

const annotations = (stdout: string): string[] =>
  stdout.split('\n').filter((line) => /^::(error|warning)/.test(line));

describe('the compiled actions', () => {
  beforeAll(() => {
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
  }, 180_000);

  it('are all there', () => {
    expect(actions).toEqual([
      'build-image',
      'deploy',
      'health-check',
      'integration-test',
      'monitor',
      'performance-test',
      'plan',
      'preview',
      'promote',
      'record-verdict',
      'report',
      'rollback',
      'security-scan',
      'shift-traffic',
      'test',
      'uat',
    ]);
  });

  it.each(actions)(
    '%s, started with no inputs, says what is missing in one line and without a stack',
    async (action) => {
      const { exitCode, stdout, stderr } = await start(root, action);
      expect(exitCode).toBe(action === 'report' ? 0 : 1);
      expect(annotations(stdout)).toEqual([
        expect.stringMatching(
          action === 'report'
            ? /^::warning::The run's page could not be written: /
            : /^::error::(\d+ inputs are not right|An input is not right|inputs ".+": There is nothing to ask|This is not a step of a GitHub Actions run)/,
        ),
      ]);
      expect(stdout).not.toMatch(/^\s+at /m);
      expect(stderr).toBe('');
    },
  );
});

/** As a release tags it: `dist/` alone, a commit without parents (.github/workflows/release.yml). */
describe('the compiled command line', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sluice-command-line-'));
    const release = path.join(folder, 'release');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
        cwd: release,
        encoding: 'utf8',
      }).trim();
    cpSync(path.join(root, 'dist'), path.join(release, 'dist'), { recursive: true });
    git('init', '--quiet');
    git('add', '--force', 'dist');
    git('commit', '--quiet', '--message', 'Release');
    git('tag', 'cli-v1', git('commit-tree', 'HEAD:dist', '-m', 'The command line'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const npx = (...args: string[]) => {
    const adopter = path.join(folder, 'adopter');
    mkdirSync(adopter, { recursive: true });
    cpSync(path.join(root, 'sluice.yml'), path.join(adopter, 'sluice.yml'));
    return spawnSync(
      'npx',
      // Offline: it has no dependencies.
      ['--yes', '--offline', `git+file://${path.join(folder, 'release')}#cli-v1`, ...args],
      {
        cwd: adopter,
        encoding: 'utf8',
        env: { ...machine, npm_config_cache: path.join(folder, 'cache') },
      },
    );
  };

  it('is started by npx in an adopting repository, without anything from a registry', () => {
    expect(npx('validate')).toMatchObject({
      status: 0,
      stdout: 'sluice.yml is valid: development, staging, production.\n',
    });
    expect(npx('matrix').stdout).toContain('Every key:');
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(npx('--version').stdout).toBe(`${version}\n`);
    const mistaken = npx('validate', '--config', 'none.yml');
    expect(mistaken.status).toBe(1);
    expect(mistaken.stderr).toContain('none.yml');
  }, 120_000);
});

describe('a commit without dist/', () => {
  let pack: string;
  beforeEach(async () => {
    pack = await mkdtemp(path.join(tmpdir(), 'sluice-pack-'));
  });
  afterEach(() => rm(pack, { recursive: true, force: true }));

  it('compiles itself before its first action, and once', async () => {
    execFileSync('sh', ['-c', 'git archive HEAD | tar -x -C "$0"', pack], { cwd: root });
    const { exitCode, stdout } = await start(pack, 'plan');
    expect(stdout).toContain('::group::Compile the actions');
    expect(annotations(stdout)).toEqual([
      expect.stringContaining('This is not a step of a GitHub Actions run'),
    ]);
    expect(exitCode).toBe(1);
    expect(existsSync(path.join(pack, 'dist/index.js'))).toBe(true);
    // The next action of the job finds it compiled.
    expect((await start(pack, 'test')).stdout).not.toContain('::group::Compile');
  }, 300_000);

  it('says what to do where it cannot be compiled', async () => {
    execFileSync('sh', ['-c', 'git archive HEAD actions | tar -x -C "$0"', pack], { cwd: root });
    const { exitCode, stdout } = await start(pack, 'plan', { PATH: '/nonexistent' });
    expect(exitCode).toBe(1);
    expect(annotations(stdout)).toEqual([
      expect.stringContaining('The actions could not be compiled: "npm ci'),
    ]);
  });
});
