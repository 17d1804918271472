import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { forgetState, takeStateDirectory } from './state.ts';

describe('the state directory', () => {
  let base: string;
  beforeEach(() => {
    base = path.join(mkdtempSync(path.join(tmpdir(), 'sluice-state-')), '.sluice-rehearsal');
  });
  afterEach(() => rmSync(path.dirname(base), { recursive: true, force: true }));

  const leaveLock = (content: string): void => {
    mkdirSync(path.join(base, '1'), { recursive: true });
    writeFileSync(path.join(base, '1', 'lock.json'), content);
  };

  it('ignores itself in Git', async () => {
    (await takeStateDirectory(base)).release();
    expect(readFileSync(path.join(base, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('gives a second rehearsal a folder of its own', async () => {
    const first = await takeStateDirectory(base);
    const second = await takeStateDirectory(base);
    expect([first.number, second.number]).toEqual([1, 2]);
    first.release();
    const third = await takeStateDirectory(base);
    expect(third.number).toBe(1);
  });

  it('takes over what a dead process left, and says so', async () => {
    leaveLock(JSON.stringify({ pid: 2 ** 22 + 1, since: '2026-11-01T00:00:00.000Z' }));
    const state = await takeStateDirectory(base);
    expect(state.number).toBe(1);
    expect(state.notes).toEqual([
      'The rehearsal of 2026-11-01T00:00:00.000Z (process 4194305) did not stop cleanly; its state is taken over.',
    ]);
  });

  it('is not fooled by another process that got the same pid', async () => {
    const closedPort = await portThatNobodyListensOn();
    leaveLock(
      JSON.stringify({
        pid: process.pid,
        since: '2026-11-01T00:00:00.000Z',
        url: `http://127.0.0.1:${closedPort}`,
      }),
    );
    expect((await takeStateDirectory(base)).number).toBe(1);
  });

  it.each(['', '{', 'null', '{"pid":"x"}'])(
    'makes a damaged lock (%j) anew, and says so',
    async (content) => {
      leaveLock(content);
      const state = await takeStateDirectory(base);
      expect(state.number).toBe(1);
      expect(state.notes).toEqual([`${path.join(base, '1', 'lock.json')} was damaged and is made anew.`]);
    },
  );
});

describe('what earlier rehearsals left', () => {
  let base: string;
  beforeEach(() => {
    base = path.join(mkdtempSync(path.join(tmpdir(), 'sluice-state-')), '.sluice-rehearsal');
  });
  afterEach(() => rmSync(path.dirname(base), { recursive: true, force: true }));

  it('is forgotten where none of them is running', async () => {
    (await takeStateDirectory(base)).release();
    await forgetState(base);
    expect(existsSync(base)).toBe(false);
    await forgetState(base);
  });

  it('is kept where one is running, which is named with its address and how to stop it', async () => {
    const page = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    await once(page, 'listening');
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    const now = (): number => Date.parse('2026-11-01T00:00:00Z');
    const first = await takeStateDirectory(base, now);
    first.announce(url);
    const second = await takeStateDirectory(base, now);
    const refused = forgetState(base, now);
    await expect(refused).rejects.toThrow('--fresh would take away the state');
    await expect(refused).rejects.toThrow(
      `  process ${process.pid}, at ${url}, since 2026-11-01T00:00:00.000Z: stop it with Ctrl-C in its terminal, or: kill ${process.pid}\n` +
        `  process ${process.pid}, starting, since`,
    );
    expect(existsSync(path.join(base, '2', 'lock.json'))).toBe(true);
    second.release();
    first.release();
    page.closeAllConnections();
    page.close();
    await forgetState(base, now);
    expect(existsSync(base)).toBe(false);
  });
});

async function portThatNobodyListensOn(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
