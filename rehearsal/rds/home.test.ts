import { chmodSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { forgetPostgresHomes, postgresHome } from './home.ts';

describe('where PostgreSQL is at home', () => {
  let directory: string;
  let stateDirectory: string;
  let installed: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'sluice-home-'));
    chmodSync(directory, 0o755);
    stateDirectory = path.join(directory, 'state', '1', 'rds');
    installed = path.join(directory, 'installed');
    for (const folder of [stateDirectory, installed]) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(installed, 'libicu.so.60.2'), '');
    symlinkSync('libicu.so.60.2', path.join(installed, 'libicu.so.60'));
  });
  afterEach(() => {
    forgetPostgresHomes(path.join(directory, 'state'));
    rmSync(directory, { recursive: true, force: true });
  });

  it('is in the state directory where everybody may pass, and for everybody but root', () => {
    const here = { data: path.join(stateDirectory, 'data') };
    expect(postgresHome(stateDirectory, { isRoot: true, installed })).toEqual(here);
    chmodSync(directory, 0o700);
    expect(postgresHome(stateDirectory, { isRoot: false, installed })).toEqual(here);
  });

  it('is elsewhere for root in a closed folder, the same at every start, with a program that stands alone', () => {
    chmodSync(directory, 0o700);
    const home = postgresHome(stateDirectory, { isRoot: true, installed });
    expect(path.dirname(path.dirname(home.data))).toBe(tmpdir());
    expect(postgresHome(stateDirectory, { isRoot: true, installed })).toEqual(home);
    expect(readlinkSync(path.join(home.program ?? '', 'libicu.so.60'))).toBe('libicu.so.60.2');
  });

  it('needs no copy of a program that everybody may reach', () => {
    chmodSync(path.join(directory, 'state'), 0o700);
    expect(postgresHome(stateDirectory, { isRoot: true, installed }).program).toBeUndefined();
  });
});
