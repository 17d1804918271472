import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { runCommand } from '../github/index.ts';
import { runScanner, type RunOptions, type ScannerRun } from './run.ts';
import { secretlint } from './tools/secretlint.ts';
import type { ProgramScanner, Subject } from './tools/scanner.ts';

/** A scanner that is a shell script on the PATH, or nowhere. */
const scanner: ProgramScanner = {
  kind: 'program',
  name: 'trivy',
  category: 'image',
  needs: 'workspace',
  printsSecrets: false,
  version: '1.2.3',
  installation: { kind: 'release', program: 'scan-it', versionArgs: ['--version'], files: {} },
  command: () => ({ args: ['all'] }),
  finished: [0],
  read: ({ stdout }) => {
    if (stdout.trim() !== 'clean') throw new Error('it is not "clean"');
    return { findings: [], looked: 1, database: { kind: 'none' } };
  },
};

describe('running a scanner', () => {
  let folder: string;
  let subject: Subject;
  let options: RunOptions;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sluice-run-'));
    subject = {
      workspace: folder,
      layout: undefined,
      lockFile: undefined,
      advisories: undefined,
      foreign: [],
      scratch: folder,
      salt: 'acme/shop',
    };
    options = {
      run: runCommand,
      fetch: () => Promise.reject(new TypeError('no network')),
      platform: 'linux-x64',
      scratch: folder,
      environment: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
      signal: new AbortController().signal,
      mask: () => undefined,
      limitMs: 10_000,
    };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const script = (body: string, version = '1.2.3'): string =>
    `#!/bin/sh\nif [ "$1" = --version ]; then echo "scan-it v${version}"; exit 0; fi\n${body}\n`;
  const onPath = (body: string, version?: string): Promise<void> =>
    writeFile(path.join(folder, 'scan-it'), script(body, version), { mode: 0o755 });
  const run = (changes: Partial<RunOptions> = {}, other: Partial<ProgramScanner> = {}): Promise<ScannerRun> =>
    runScanner({ ...scanner, ...other }, subject, {
      ...options,
      // What is found on the PATH is found on the one of the scanner.
      run: (program, args, settings) =>
        runCommand(program === 'scan-it' ? path.join(folder, program) : program, args, settings),
      ...changes,
    });

  it('reads what it prints', async () => {
    await onPath('echo clean');
    expect(await run()).toMatchObject({ kind: 'reported', version: '1.2.3', report: { looked: 1 } });
  });

  it.each([
    ['prints nothing', 'exit 0', 'silent', 'it ended with 0 and printed nothing'],
    ['prints blanks', 'echo; echo', 'silent', 'printed nothing'],
    ['crashes', 'echo clean; echo "out of memory" >&2; exit 2', 'crashed', 'exit code 2: out of memory'],
    ['prints something else', 'echo dirty', 'unreadable', 'it is not "clean"'],
    ['is killed', 'kill -9 $$', 'crashed', 'exit code 1'],
  ])('does not take for clean one that %s', async (_, body, kind, why) => {
    await onPath(body);
    expect(await run()).toMatchObject({ kind, why: expect.stringContaining(why) as string });
  });

  it('joins the reports of several commands, and takes none of them for all', async () => {
    await onPath('[ "$1" = bad ] && exit 3; echo clean');
    const commands = (...names: string[]): Partial<ProgramScanner> => ({
      command: () => names.map((name) => ({ args: [name] })),
    });
    expect(await run({}, commands('good', 'good'))).toMatchObject({
      kind: 'reported',
      report: { looked: 2 },
    });
    expect(await run({}, commands('good', 'bad', 'good'))).toMatchObject({ kind: 'crashed' });
    expect(await run({}, commands())).toMatchObject({ kind: 'reported', report: { looked: 0 } });
  });

  it('stops one that takes too long', async () => {
    await onPath('exec sleep 60');
    expect(await run({ limitMs: 300 })).toMatchObject({
      kind: 'too-slow',
      why: 'it did not end within 0.3 s',
    });
  });

  it('ends with the job', async () => {
    await onPath('exec sleep 60');
    const controller = new AbortController();
    const running = run({ signal: controller.signal });
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });

  it('does not show the words of one whose words may be secrets', async () => {
    await onPath('echo "the planted one" >&2; echo "the planted one"; exit 2');
    const crashed = await run({}, { printsSecrets: true });
    expect(crashed.kind).toBe('crashed');
    expect(JSON.stringify(crashed)).not.toContain('planted');
  });

  it('does not run one that has nothing to look at', async () => {
    expect(await run({}, { needs: 'layout' })).toMatchObject({ kind: 'unasked' });
    expect(await run({}, { needs: 'lockFile' })).toMatchObject({ kind: 'unasked' });
  });

  describe('that is not there', () => {
    const archived = async (content: string): Promise<Buffer> => {
      const tar = pack();
      tar.entry({ name: 'README.md' }, 'about');
      tar.entry({ name: './scan-it' }, content);
      tar.finalize();
      return gzipSync(await buffer(tar));
    };
    const served = (content: Buffer, status = 200): Partial<RunOptions> => ({
      fetch: () => Promise.resolve(new Response(new Uint8Array(content), { status })),
    });
    const releaseOf = (content: Buffer, platform = 'linux-x64'): Partial<ProgramScanner> => ({
      installation: {
        kind: 'release',
        program: 'scan-it',
        versionArgs: ['--version'],
        files: {
          [platform]: {
            url: 'https://example.org/scan-it.tar.gz',
            sha256: createHash('sha256').update(content).digest('hex'),
            archived: true,
          },
        },
      },
    });

    it('fetches it, held to its checksum', async () => {
      const content = await archived(script('echo clean'));
      expect(await run(served(content), releaseOf(content))).toMatchObject({
        kind: 'reported',
        version: '1.2.3',
      });
    });

    it('fetches it where the one on the PATH has another version', async () => {
      await onPath('echo other', '1.2.30');
      const content = await archived(script('echo clean'));
      expect(await run(served(content), releaseOf(content))).toMatchObject({ kind: 'reported' });
    });

    it('does not run what has another checksum', async () => {
      const other = await archived(script('echo clean'));
      const result = await run(served(other), releaseOf(await archived(script('echo real'))));
      expect(result).toMatchObject({
        kind: 'missing',
        why: expect.stringContaining('it is not what was pinned') as string,
      });
    });

    it('is missing where it cannot be fetched', async () => {
      const content = await archived('');
      const why = async (changes: Partial<RunOptions>, other: Partial<ProgramScanner>): Promise<string> => {
        const result = await run(changes, other);
        return result.kind === 'missing' ? result.why : result.kind;
      };
      expect(await why({}, releaseOf(content))).toContain(
        'scan-it 1.2.3 is not on the PATH, and could not be fetched (no network)',
      );
      expect(await why(served(content, 404), releaseOf(content))).toContain('HTTP 404');
      expect(await why({}, releaseOf(content, 'linux-arm64'))).toContain(
        'there is none for linux-x64, only for linux-arm64',
      );
    });
  });
});

describe('secretlint, run for real', () => {
  it('finds a token in a file, masks it, and tells where it is without it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sluice-secret-'));
    const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-scratch-'));
    try {
      // Put together here, so that this file does not have it.
      const token = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
      // Its report has the whole of each file in it, which is more than a pipe keeps.
      await writeFile(path.join(folder, 'clean.js'), 'console.log(1);\n'.repeat(20_000));
      await writeFile(path.join(folder, '.env'), `# a comment\nTOKEN=${token}\n`);
      // The password of a database that is nobody's is no secret.
      const nobodys = ['127.0.0.1:5432', 'localhost', '[::1]', 'db.example.org', 'shop.test'];
      const urls = nobodys.map((host) => ['postgres://user:word-of-it', `${host}/shop`].join('@'));
      await writeFile(path.join(folder, 'urls.txt'), `${urls.join('\n')}\n`);
      const real = ['postgres://user:word-of-it', 'db.acme.io/127.0.0.1'].join('@');
      await writeFile(path.join(folder, 'url.txt'), `${real}\n`);
      await writeFile(path.join(folder, '.secretlintignore'), '.env\n');
      const masked: string[] = [];
      const run = await runScanner(
        secretlint,
        {
          workspace: folder,
          layout: undefined,
          lockFile: undefined,
          advisories: undefined,
          foreign: [],
          scratch,
          salt: 'acme/shop',
        },
        {
          run: runCommand,
          fetch,
          platform: 'linux-x64',
          scratch,
          // Without the one that is a dependency of this repository: what a runner does is install it.
          environment: { ...process.env, PATH: path.dirname(process.execPath) + ':/usr/bin:/bin' },
          signal: AbortSignal.timeout(60_000),
          mask: (secret) => masked.push(secret),
          limitMs: 60_000,
        },
      );
      expect(run).toMatchObject({
        kind: 'reported',
        version: '12.0.0',
        report: {
          findings: [
            { kind: 'secret', file: '.env', line: 2, rule: '@secretlint/secretlint-rule-github' },
            { file: 'url.txt', line: 1, rule: '@secretlint/secretlint-rule-database-connection-string' },
          ],
        },
      });
      expect(masked).toContain(token);
      expect(run.kind === 'reported' && JSON.stringify(run.report.findings)).not.toContain(token.slice(4));
      // It has to be a file of its own, and not to be left behind with the report.
      expect(await readFile(path.join(folder, '.secretlintignore'), 'utf8')).toBe('.env\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
      await rm(scratch, { recursive: true, force: true });
    }
  });
});
