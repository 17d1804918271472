import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Rehearsed } from '../engine/engine.fixture.ts';
import { rehearse } from '../engine/engine.fixture.ts';
import { installPushHook } from './hook.ts';
import { createPushHandler } from './push-handler.ts';
import { addRemote, removeRemote } from './remote.ts';
import { gitEnvironment, GitRepository } from './repository.ts';

let shop: Rehearsed;
beforeEach(async () => {
  shop = await rehearse();
});
afterEach(() => shop.end());

describe('the remote', () => {
  test('a name that is taken is never overwritten; ours is found again and removed', async () => {
    shop.git('remote', 'set-url', 'rehearsal', 'https://example.org/theirs.git');
    shop.git('remote', 'add', 'rehearsal-2', 'https://example.org/theirs-too.git');
    const own = '/somewhere/shop.git';
    expect(await addRemote(shop.repository, own)).toEqual({ name: 'rehearsal-3', added: true });
    expect(await addRemote(shop.repository, own)).toEqual({ name: 'rehearsal-3', added: false });
    expect(await removeRemote(shop.repository, 'rehearsal', own)).toBe(false);
    expect(await removeRemote(shop.repository, 'rehearsal-3', own)).toBe(true);
    expect(shop.git('remote')).toBe('rehearsal\nrehearsal-2\n');
  });
});

describe('a push by hand', () => {
  const gitDirectory = (): string => shop.hub.repository.gitDirectory;
  /** What `git push` shows to whoever pushes; never blocks this process, which serves the hook. */
  const push = async (...args: string[]): Promise<string> => {
    const child = spawn('git', ['push', 'rehearsal', ...args], {
      cwd: shop.repository,
      env: gitEnvironment(),
    });
    return text(child.stderr);
  };
  const files = {
    '.github/workflows/ci.yml':
      'name: CI\non: { push: { branches: [develop] } }\njobs:\n  a: { name: Test, runs-on: x, steps: [{ run: "true" }] }\n  b: { name: Fails, runs-on: x, steps: [{ run: exit 1 }] }\n',
  };

  test('starts the runs and shows their progress', async () => {
    await shop.start(files, 'refs/heads/other');
    let handle: ReturnType<typeof createPushHandler> | undefined;
    const server = createServer((request, response) => void handle?.(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const hook = await installPushHook(gitDirectory(), serverUrl);
      handle = createPushHandler({
        hub: shop.hub,
        serverUrl,
        token: hook.token,
        actor: 'ada',
        push: (update) => shop.engine.push(update),
      });

      const shown = await push('HEAD:develop');
      const [run] = [...shop.hub.runs.values()].filter(({ ref }) => ref === 'refs/heads/develop');
      expect(run?.conclusion).toBe('failure');
      expect(run?.payload).toMatchObject({ created: true, forced: false, pusher: { name: 'ada' } });
      expect(shown).toContain(`remote: CI #1: ${serverUrl}/runs/${run?.id ?? ''}`);
      expect(shown).toContain('remote:   ✔ Test');
      expect(shown).toContain('remote:   ✘ Fails');
      expect(shown).toContain('remote: CI #1: failure');

      expect(await push('HEAD:refs/heads/quiet', 'HEAD:refs/tags/v1')).toContain(
        'No workflow is started by this push.',
      );
      expect(await push('--delete', 'quiet')).toContain('No workflow is started by this push.');
      expect(
        await push('HEAD:refs/tags/v2', 'HEAD:refs/tags/v3', 'HEAD:refs/tags/v4', 'HEAD:refs/tags/v5'),
      ).toContain('4 tags at once: as on GitHub, more than 3 start nothing.');
      shop.git('commit', '--quiet', '--amend', '-m', 'Another');
      await push('--force', 'HEAD:develop');
      const [, forced] = [...shop.hub.runs.values()].filter(({ ref }) => ref === 'refs/heads/develop');
      expect(forced?.payload).toMatchObject({ forced: true, created: false, before: run?.sha });

      const stranger = await fetch(`${serverUrl}/_hub/push`, {
        method: 'POST',
        body: '{}',
        headers: { authorization: 'Bearer no' },
      });
      expect(stranger.status).toBe(401);
      const nonsense = await fetch(`${serverUrl}/_hub/push`, {
        method: 'POST',
        body: '{"updates":[{}]}',
        headers: { authorization: `Bearer ${hook.token}` },
      });
      expect(nonsense.status).toBe(400);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('says so where the hub is not running, and keeps the push', async () => {
    await shop.start(files, 'refs/heads/other');
    const hook = await installPushHook(gitDirectory(), 'http://127.0.0.1:9');
    expect(await push('HEAD:develop')).toContain(
      "remote: The rehearsal's hub is not running. The push is kept",
    );
    await hook.remove();
    expect(await push('HEAD:refs/heads/later')).toContain("remote: The rehearsal's hub is not running.");
    expect([...(await new GitRepository(gitDirectory()).refs()).keys()]).toEqual([
      'refs/heads/develop',
      'refs/heads/later',
      'refs/heads/other',
    ]);
  });

  test("the hook's token is for its owner alone", async () => {
    await installPushHook(gitDirectory(), 'http://127.0.0.1:9');
    const file = path.join(gitDirectory(), 'hooks', 'hub.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(gitDirectory(), 'hooks', 'post-receive'), 'utf8')).not.toContain(
      (JSON.parse(readFileSync(file, 'utf8')) as { token: string }).token,
    );
  });
});

describe('reading a repository', () => {
  test('commits, changes, names with blanks and umlauts', async () => {
    await shop.start({ 'a b.txt': '1', 'ä.txt': '1' });
    const first = shop.git('rev-parse', 'HEAD').trim();
    await shop.start({ 'a b.txt': '2', 'c.txt': '1' });
    const second = shop.git('rev-parse', 'HEAD').trim();
    const git = new GitRepository(shop.hub.repository.gitDirectory);
    expect(await git.changedFiles(first, second, 'main')).toEqual(['a b.txt', 'c.txt']);
    expect(await git.changedFiles('0'.repeat(40), first, 'main')).toEqual(['a b.txt', 'ä.txt']);
    expect(
      (await git.commits(first, second, 10)).map(({ sha, message, author }) => [sha, message, author]),
    ).toEqual([[second, 'Change things', { name: 'Ada', email: 'ada@example.org' }]]);
    expect(await git.isAncestor(first, second)).toBe(true);
    expect(await git.isAncestor(second, first)).toBe(false);
    expect(await git.readFile(second, 'c.txt')).toBe('1');
    expect(await git.readFile(first, 'c.txt')).toBeUndefined();
    expect(await git.commit('--help')).toBeUndefined();
  });
});
