import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '..');
/** What the command consists of, what it reads and writes, and how that is formatted. */
const parts = [
  'package.json',
  '.prettierrc.json',
  'sluice.yml',
  'scripts',
  'src',
  'schema',
  'docs',
  'actions',
];

describe('npm run generate', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'sluice-generate-'));
    for (const part of parts) cpSync(path.join(repository, part), path.join(root, part), { recursive: true });
    symlinkSync(path.join(repository, 'node_modules'), path.join(root, 'node_modules'), 'junction');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const generate = (...args: string[]) =>
    spawnSync(process.execPath, ['--no-warnings', path.join(root, 'scripts/generate.ts'), ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const edit = (file: string, change: (text: string) => string): void => {
    const before = read(file);
    const after = change(before);
    if (after === before) throw new Error(`${file} has not what is to be changed.`);
    writeFileSync(path.join(root, file), after);
  };

  it('writes what is stale; --check names it, writes nothing, and ends with 1', () => {
    expect(generate().status).toBe(0);
    expect(generate('--check')).toMatchObject({ status: 0, stderr: '' });

    edit('sluice.yml', (text) => text.replace('purpose: Active development', 'purpose: Playing'));
    edit('actions/deploy/action.yml', (text) => text.replace('Path of sluice.yml', 'The path of sluice.yml'));
    edit('docs/configuration.md', (text) => `${text}\nAn edit.\n`);
    rmSync(path.join(root, 'schema/sluice.schema.json'));
    const { status, stderr } = generate('--check');
    expect(status).toBe(1);
    const named = /^Stale: (.*)\. Run `npm run generate`/m.exec(stderr)?.[1];
    expect(named?.split(', ').sort()).toEqual([
      'actions/deploy/README.md',
      'docs/configuration.md',
      'docs/environments.md',
      'schema/sluice.schema.json',
    ]);
    expect(read('docs/configuration.md')).toContain('An edit.');

    expect(generate().status).toBe(0);
    expect(generate('--check').status).toBe(0);
    expect(read('docs/environments.md')).toContain('| Playing ');
    expect(read('docs/configuration.md')).not.toContain('An edit.');
    expect(read('actions/deploy/README.md')).toContain('## How it ends');
  });

  it('ends with 1 where sluice.yml has mistakes, and says where', () => {
    edit('sluice.yml', (text) => text.replace('strategy: canary', 'strategy: canry'));
    const { status, stderr } = generate();
    expect(status).toBe(1);
    expect(stderr).toContain('found "canry"');
  });
});
