import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBrowser } from './find.ts';

describe('the browser of a machine', () => {
  let folder: string;
  const program = (...parts: string[]): string => {
    const file = path.join(folder, ...parts);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o755);
    return file;
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-find-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is the one that is named', async () => {
    const named = program('mine');
    program('bin', 'google-chrome');
    const found = await findBrowser({ CHROME_PATH: named, PATH: path.join(folder, 'bin') });
    expect(found).toBe(named);
  });

  it('is none where the one that is named is not there', async () => {
    program('bin', 'google-chrome');
    const found = await findBrowser({
      CHROME_PATH: path.join(folder, 'gone'),
      PATH: path.join(folder, 'bin'),
    });
    expect(found).toBeUndefined();
  });

  it('is the first by name on the PATH, where it may be run', async () => {
    writeFileSync(path.join(folder, 'google-chrome'), '');
    program('a', 'chromium-browser');
    const chromium = program('b', 'chromium');
    const PATH = [folder, path.join(folder, 'a'), path.join(folder, 'b')].join(path.delimiter);
    await expect(findBrowser({ PATH })).resolves.toBe(chromium);
  });
});
