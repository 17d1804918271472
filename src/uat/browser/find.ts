import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * The Chrome or Chromium of this machine: the one that `CHROME_PATH` names, or else the first on the PATH, or at the
 * place where its installer puts it. GitHub's Ubuntu, Windows and macOS runners have one.
 */
export async function findBrowser(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const named = environment['CHROME_PATH'];
  // One that is named and not there is a mistake to tell of, not a reason to take another.
  if (named !== undefined && named !== '') return (await isExecutable(named)) ? named : undefined;
  const folders = (environment['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const candidates = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  for (const candidate of [...candidates, ...places]) {
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
