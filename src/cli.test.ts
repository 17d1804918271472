import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const cli = path.join(root, 'bin/sluice.js');
const sluice = (...args: string[]) =>
  spawnSync(process.execPath, ['--no-warnings', cli, ...args], { cwd: root, encoding: 'utf8' });

describe('sluice matrix', () => {
  it('compares the environments, and has every key with its defaults marked', () => {
    const { status, stdout } = sluice('matrix', '--format', 'markdown');
    expect(status).toBe(0);
    expect(stdout).toContain(
      '| Strategy | rolling with circuit breaker | rolling with circuit breaker | blue-green, canary 10% for 5m, bake 10m |',
    );
    expect(stdout).toContain('| proof.within | 1m (default) | 1m (default) | 1m (default) |');
    expect(stdout).not.toContain('dev-secret-key');
  });

  it('is written for scripts', () => {
    const { status, stdout } = sluice('matrix', '--format', 'json');
    expect(status).toBe(0);
    expect(stdout).not.toContain('dev-secret-key');
    expect(JSON.parse(stdout)).toMatchObject({
      service: 'chatbot',
      comparison: { Trigger: { staging: 'push to main' } },
      environments: {
        development: {
          'compute.cpu': { value: '256', isDefault: false },
          'deploy.timeout': { value: '20m', isDefault: true },
          'secrets.SECRET_KEY.literal': { value: 'a literal, not shown' },
        },
      },
    });
  });

  it('cuts nothing where it is no terminal', () => {
    const { stdout } = sluice('matrix');
    expect(stdout).toContain('Every key:');
    expect(stdout).not.toContain('…');
    for (const word of ['Code compiles', 'User', 'experience', 'maintained']) expect(stdout).toContain(word);
  });

  it('ends quietly when what reads it stops reading', async () => {
    const child = spawn(process.execPath, ['--no-warnings', cli, 'matrix', '--format', 'json'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
    child.stdout.destroy();
    await once(child, 'close');
    expect(errors).toBe('');
  });
});

describe('sluice', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('ends with 0 for a valid file, and names its environments', () => {
    const { status, stdout, stderr } = sluice('validate');
    expect([status, stdout, stderr]).toEqual([
      0,
      'sluice.yml is valid: development, staging, production.\n',
      '',
    ]);
  });

  it('ends with 1 for a file with mistakes, and prints each', () => {
    const file = path.join(folder, 'bad.yml');
    writeFileSync(file, 'service: Shop\n');
    for (const command of ['validate', 'matrix']) {
      const { status, stdout, stderr } = sluice(command, '--config', file);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toBe(
        `${file}:1:1 environments: found nothing; expected environments, each with its keys.\n` +
          `${file}:1:10 service: found "Shop"; expected a name in lower case: letters, digits and -, beginning with a letter.\n`,
      );
    }
  });

  it('shows what would steer the terminal as escapes, and JSON reads it back', () => {
    const file = path.join(folder, 'steering.yml');
    const purpose = 'red \u001b[31m, C1 \u009b2J, turned \u202e';
    writeFileSync(
      file,
      `service: shop
environments:
  development:
    purpose: "red \\u001b[31m, C1 \\u009b2J, turned \\u202e"
    on: { branch: develop }
    compute: { instance: t3.micro }
`,
    );
    const steers = /(?!\n)[\p{Cc}\u202e]/u;
    for (const format of ['table', 'markdown', 'json']) {
      const { status, stdout } = sluice('matrix', '--config', file, '--format', format);
      expect([status, steers.test(stdout)]).toEqual([0, false]);
      expect(stdout).toMatch(/red \\{1,2}u001b/);
      if (format === 'json') {
        expect(JSON.parse(stdout)).toMatchObject({ comparison: { Purpose: { development: purpose } } });
      }
    }
    writeFileSync(file, '"ser\\u001b[31mvice": 1\n');
    const { status, stderr } = sluice('validate', '--config', file);
    expect([status, steers.test(stderr)]).toEqual([1, false]);
    expect(stderr).toContain('u001b[31m');
  });

  it.each([
    [[], 'sluice needs a command.'],
    [['deploy'], 'sluice has no command "deploy".'],
    [['matrix', 'development'], 'sluice matrix takes no "development".'],
    [['matrix', '--format', 'xml'], '--format takes table, markdown, json, and is "xml".'],
    [['validate', '--format', 'json'], '--format belongs to matrix.'],
    [['matrix', '--nope'], "Unknown option '--nope'"],
    [['validate', '--config'], "Option '--config <value>' argument missing"],
  ])('ends with 2 for %j, and shows how it is used', (args, message) => {
    const { status, stdout, stderr } = sluice(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: sluice <command>');
  });

  it('says what it can do, and which version it is', () => {
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(sluice('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('matrix') as string,
    });
    expect(sluice('--version')).toMatchObject({ status: 0, stdout: `${manifest.version}\n` });
  });
});
