import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../../src/github/index.ts';
import { runScanner } from '../../src/scan/run.ts';
import { secretlint } from '../../src/scan/tools/secretlint.ts';

const root = path.resolve(import.meta.dirname, '../..');

it('this repository has nothing in it that looks like a secret', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-own-'));
  try {
    const workspace = path.join(folder, 'repository');
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, workspace]);
    const run = await runScanner(
      secretlint,
      {
        workspace,
        layout: undefined,
        lockFile: undefined,
        advisories: undefined,
        foreign: [],
        scratch: folder,
        salt: 'sluice',
      },
      {
        run: runCommand,
        fetch,
        platform: `${process.platform}-${process.arch}`,
        scratch: folder,
        environment: process.env,
        signal: AbortSignal.timeout(300_000),
        mask: () => undefined,
        limitMs: 300_000,
      },
    );
    expect(run).toMatchObject({ kind: 'reported', report: { findings: [] } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
