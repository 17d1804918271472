import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { jest } from '@jest/globals';
import { jobOf, rehearse, type Rehearsed } from '../../rehearsal/hub/engine/engine.fixture.ts';
import { commitGraph } from '../../rehearsal/hub/git/commit-graph.ts';
import { installPushHook } from '../../rehearsal/hub/git/hook.ts';
import { createPushHandler } from '../../rehearsal/hub/git/push-handler.ts';
import { gitEnvironment } from '../../rehearsal/hub/git/repository.ts';
import type { Run } from '../../rehearsal/hub/model.ts';
import { startHubServer, type HubServer } from '../../rehearsal/hub/server.ts';

jest.setTimeout(120_000);

const hasGh = spawnSync('gh', ['--version']).status === 0;
if (!hasGh) console.log("Skipped: what needs GitHub's own gh, which is not installed here.");

const files = {
  '.github/workflows/ci.yml': `
name: CI
on: { push: {}, workflow_dispatch: { inputs: { who: { type: string, default: ada } } } }
jobs:
  greet:
    name: Greet
    runs-on: x
    steps:
      - { name: Say hello, run: 'echo "hello \${{ inputs.who }}"; echo "::warning::mind the gap"' }
  fail: { needs: greet, runs-on: x, if: github.event_name == 'push', steps: [{ run: exit 3 }] }
`,
};

interface Told {
  readonly code: number;
  readonly text: string;
}

/** Runs a program to its end without blocking this process, which serves it. */
function tell(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Told> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, encoding: 'utf8', timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr });
    });
  });
}

let shop: Rehearsed;
let server: HubServer;
let folder: string;
let first: Run;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-clients-'));
  shop = await rehearse({}, async (hub, bare) => {
    server = await startHubServer({
      hub,
      port: 0,
      stateDirectory: path.join(folder, 'state'),
      commits: commitGraph(bare),
      config: () => Promise.resolve(undefined),
      driver: () => 'process',
      log: (message) => {
        throw new Error(message);
      },
    });
    return server.url;
  });
  const { gitDirectory } = shop.hub.repository;
  shop.hub.people.add('grace');
  const [run] = await shop.push(files);
  if (run === undefined) throw new Error('Nothing was started.');
  first = run;
  const hook = await installPushHook(gitDirectory, server.url);
  const push = createPushHandler({
    hub: shop.hub,
    serverUrl: server.url,
    token: hook.token,
    actor: 'ada',
    push: (pushed) => shop.engine.push(pushed),
  });
  server.attach(shop.engine, push);
});
afterEach(async () => {
  await shop.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const newest = (): Run => [...shop.hub.runs.values()].at(-1) ?? first;

describe('git', () => {
  const git = (cwd: string, ...args: string[]): Promise<Told> =>
    tell(
      'git',
      ['-c', 'user.name=Grace', '-c', 'user.email=grace@example.org', ...args],
      cwd,
      gitEnvironment(),
    );

  test('a clone pushes a branch and a tag at once, moves one by force, and deletes it', async () => {
    const { gitDirectory } = shop.hub.repository;
    expect(await git(folder, 'clone', '--quiet', '--branch', 'develop', gitDirectory, 'clone')).toMatchObject(
      { code: 0 },
    );
    const clone = path.join(folder, 'clone');
    writeFileSync(path.join(clone, 'README.md'), 'hello\n');
    await git(clone, 'add', '--all');
    await git(clone, 'commit', '--quiet', '-m', 'Say hello');

    const both = await git(clone, 'push', 'origin', 'HEAD:refs/heads/feature', 'HEAD:refs/tags/v1.0.0');
    expect(both.code).toBe(0);
    expect([...shop.hub.runs.values()].map(({ ref, event }) => [ref, event])).toEqual([
      ['refs/heads/develop', 'push'],
      ['refs/heads/feature', 'push'],
      ['refs/tags/v1.0.0', 'push'],
    ]);
    expect(both.text).toMatch(/remote: CI #2: http.*\n.*remote: CI #3: http/);

    await git(clone, 'commit', '--quiet', '--amend', '-m', 'Say it better');
    expect((await git(clone, 'push', 'origin', 'HEAD:feature')).code).not.toBe(0);
    expect((await git(clone, 'push', '--force-with-lease', 'origin', 'HEAD:feature')).code).toBe(0);
    expect(newest().payload).toMatchObject({ forced: true, created: false, deleted: false });

    const runs = shop.hub.runs.size;
    expect((await git(clone, 'push', 'origin', ':feature', ':refs/tags/v1.0.0')).code).toBe(0);
    expect(shop.hub.runs.size).toBe(runs);
    expect((await git(clone, 'ls-remote', 'origin')).text).not.toMatch(/feature|v1\.0\.0/);
  });

  test('a shallow clone pushes; an annotated tag is of its commit', async () => {
    const url = `file://${shop.hub.repository.gitDirectory}`;
    await git(folder, 'clone', '--quiet', '--depth', '1', '--branch', 'develop', url, 'shallow');
    const clone = path.join(folder, 'shallow');
    await git(clone, 'commit', '--quiet', '--allow-empty', '-m', 'Go on');
    await git(clone, 'tag', '--annotate', 'v2.0.0', '-m', 'The second');
    expect((await git(clone, 'push', 'origin', 'HEAD:develop', 'v2.0.0')).code).toBe(0);
    const head = (await git(clone, 'rev-parse', 'HEAD')).text.trim();
    expect([...shop.hub.runs.values()].slice(1).map(({ ref, sha }) => [ref, sha])).toEqual([
      ['refs/heads/develop', head],
      ['refs/tags/v2.0.0', head],
    ]);
  });
});

/**
 * GitHub's own `gh` asks every server but github.com over TLS. Over a Unix socket it speaks plain HTTP, so that a
 * socket that leads to the hub is all it takes.
 */
(hasGh ? describe : describe.skip)('gh', () => {
  let socket: Server;
  let gh: (...args: string[]) => Promise<Told>;

  beforeEach(async () => {
    const { host, port } = new URL(server.url);
    const file = path.join(folder, 'gh.sock');
    socket = createServer((client) => {
      const hub = connect(Number(port), '127.0.0.1');
      client.pipe(hub).pipe(client);
      client.on('error', () => hub.destroy());
      hub.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => socket.listen(file, resolve));
    writeFileSync(path.join(folder, 'config.yml'), `http_unix_socket: ${file}\n`);
    const env = {
      PATH: process.env.PATH,
      GH_CONFIG_DIR: folder,
      GH_HOST: host,
      GH_REPO: `${host}/rehearsal/shop`,
      GH_ENTERPRISE_TOKEN: server.tokenOf('grace'),
    };
    gh = (...args) => tell('gh', args, folder, env);
  });
  afterEach(() => new Promise<void>((resolve) => socket.close(() => resolve())));

  test('lists, shows and reads what a run did', async () => {
    expect((await gh('run', 'list')).text).toMatch(/completed\tfailure\tChange things\tCI\tdevelop\tpush\t/);
    const shown = await gh('run', 'view', String(first.id), '--exit-status');
    expect(shown.code).toBe(1);
    expect(shown.text).toContain('✓ Greet');
    expect(shown.text).toContain('X Run exit 3');
    expect(shown.text).toContain('mind the gap');
    const log = await gh('run', 'view', String(first.id), '--log');
    expect(log.text).toMatch(/^Greet\tSay hello\t.*Z hello $/m);
    const failed = await gh('run', 'view', String(first.id), '--log-failed');
    expect(failed.text).toContain('##[error]Process completed with exit code 3.');
    expect(failed.text).not.toContain('hello');
  });

  test('starts, watches, runs again, and says why it may not', async () => {
    expect(await gh('workflow', 'run', 'ci.yml', '--ref', 'develop', '-f', 'who=grace')).toMatchObject({
      code: 0,
    });
    const run = await shop.finished(newest());
    expect([run.event, run.actor, run.conclusion]).toEqual(['workflow_dispatch', 'grace', 'success']);
    expect((await gh('run', 'watch', String(run.id))).text).toContain("completed with 'success'");

    expect(await gh('run', 'rerun', String(first.id), '--failed')).toMatchObject({ code: 0 });
    await shop.finished(first);
    expect([first.attempt, first.triggeringActor]).toEqual([2, 'grace']);
    expect(jobOf(first, 'greet').attempt).toBe(1);

    const wrong = await gh('workflow', 'run', 'ci.yml', '--ref', 'develop', '-f', 'whom=x');
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.text).toContain('HTTP 422: Unexpected inputs provided: ["whom"]');
    expect((await gh('run', 'cancel', String(run.id))).text).toContain('Cannot cancel a workflow run');
    expect((await gh('run', 'view', '7')).text).toContain('HTTP 404');
  });

  test('asks the REST API page by page, and hears that there is no GraphQL', async () => {
    for (const title of ['One', 'Two', 'Three']) {
      await gh('api', 'repos/{owner}/{repo}/issues', '-f', `title=${title}`, '-f', 'labels[]=bug');
    }
    const list = await gh('api', '--paginate', 'repos/{owner}/{repo}/issues?per_page=1', '--jq', '.[].title');
    expect(list.text.trim().split('\n').sort()).toEqual(['One', 'Three', 'Two']);
    const issues = await gh('issue', 'list');
    expect(issues.code).not.toBe(0);
    expect(issues.text).toContain('no GraphQL API');
  });
});
