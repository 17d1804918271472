import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { takeWorkFolder } from './work-folder.ts';

test('what a dead rehearsal left is removed and ended; what a living one uses is left alone', async () => {
  const parent = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'sluice-work-folder-test-'));
  const dead = path.join(parent, `sluice-jobs-${spawnSync('true').pid}-abc`);
  const living = path.join(parent, `sluice-jobs-${process.pid}-abc`);
  const other = path.join(parent, 'something-else');
  for (const folder of [dead, living, other]) mkdirSync(folder);
  const job = (folder: string) =>
    spawn('sleep', ['60'], { env: { ...process.env, RUNNER_TEMP: `${folder}/1-2/_temp` }, stdio: 'ignore' });
  const orphan = job(dead);
  const ended = once(orphan, 'exit');
  const busy = job(living);
  try {
    const taken = takeWorkFolder(parent);
    expect(path.basename(taken)).toMatch(new RegExp(`^sluice-jobs-${process.pid}-`));
    expect([dead, living, other, taken].map((folder) => existsSync(folder))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    // Only Linux shows whose process it was.
    if (process.platform === 'linux') expect(await ended).toEqual([null, 'SIGKILL']);
    expect(busy.exitCode).toBeNull();
  } finally {
    orphan.kill('SIGKILL');
    busy.kill('SIGKILL');
    rmSync(parent, { recursive: true, force: true });
  }
});
