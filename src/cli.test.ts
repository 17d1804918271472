import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const sluice = (...args: string[]) =>
  spawnSync(process.execPath, ['--no-warnings', path.join(root, 'src/cli.ts'), ...args], {
    cwd: root,
    encoding: 'utf8',
  });

describe('npx sluice', () => {
  it('shows the matrix, with every default', () => {
    const { status, stdout } = sluice('matrix', '--format', 'markdown');
    expect(status).toBe(0);
    expect(stdout).toContain(
      '| Strategy | rolling with circuit breaker | rolling with circuit breaker | blue-green, canary 10 % every 5m, bake 10m |',
    );
    expect(stdout).toContain('| proof.within | 1m | 1m | 1m |');
    expect(stdout).not.toContain('dev-secret-key');
  });

  it('ends with 0 for a valid file, 1 for one with mistakes, 2 for a command that it does not know', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-cli-'));
    writeFileSync(path.join(folder, 'bad.yml'), 'service: shop\n');
    try {
      expect(sluice('validate').status).toBe(0);
      const bad = sluice('validate', '--config', path.join(folder, 'bad.yml'));
      expect([bad.status, bad.stderr]).toEqual([1, expect.stringContaining('environments')]);
      expect(sluice('deploy').status).toBe(2);
      expect(sluice('matrix', '--format', 'xml').status).toBe(2);
      expect(sluice('matrix', '--nope').status).toBe(2);
      expect(sluice('--help').status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
