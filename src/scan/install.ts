import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { CommandNotStarted, errorMessage, type RunCommand } from '../github/index.ts';
import type { Installation, PlatformName, ProgramScanner, ReleaseFile } from './tools/scanner.ts';

export interface InstallOptions {
  readonly run: RunCommand;
  readonly fetch: typeof fetch;
  /** `linux-x64`: this machine. */
  readonly platform: string;
  /** Where it may be put. */
  readonly scratch: string;
  /** What the programs are started with. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** A scanner that can be run. */
export interface Installed {
  readonly program: string;
  readonly version: string;
}

/** A scanner could not be had. */
export class NotInstalled extends Error {
  override readonly name = 'NotInstalled';
}

const downloadLimitMs = 180_000;

/**
 * The program of a scanner in exactly its version: one that is on the PATH, or what is fetched and held to its
 * checksum.
 *
 * @throws NotInstalled with every way that was tried
 */
export async function install(scanner: ProgramScanner, options: InstallOptions): Promise<Installed> {
  const { installation, version } = scanner;
  switch (installation.kind) {
    case 'with-node': {
      const printed = await versionOf(installation, options);
      const found = /\d+\.\d+\.\d+\S*/.exec(printed ?? '')?.[0];
      if (found === undefined) throw new NotInstalled(`${installation.program} does not run`);
      return { program: installation.program, version: found };
    }
    case 'release':
    case 'npm': {
      const wanted = version ?? '';
      const printed = await versionOf(installation, options);
      if (printed !== undefined && words(printed).includes(wanted)) {
        return { program: installation.program, version: wanted };
      }
      const instead = printed === undefined ? 'is not on the PATH' : 'is on the PATH in another version';
      try {
        return { program: await obtain(installation, options), version: wanted };
      } catch (error) {
        options.signal.throwIfAborted();
        const tried = `${installation.program} ${wanted} ${instead}, and could not be fetched`;
        throw new NotInstalled(`${tried} (${errorMessage(error)})`, { cause: error });
      }
    }
  }
}

function obtain(
  installation: Exclude<Installation, { kind: 'with-node' }>,
  options: InstallOptions,
): Promise<string> {
  return installation.kind === 'npm'
    ? installPackages(installation, options)
    : download(installation, options);
}

async function versionOf(
  { program, versionArgs }: { readonly program: string; readonly versionArgs: readonly string[] },
  { run, environment, signal }: InstallOptions,
): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await run(program, versionArgs, { environment, signal });
    return exitCode === 0 ? stdout : '';
  } catch (error) {
    if (error instanceof CommandNotStarted) return undefined;
    throw error;
  }
}

/** `Version: 0.69.3` and `grype 0.110.0` have the version as a word of its own, perhaps with a `v`. */
function words(text: string): readonly string[] {
  return text.split(/\s+/).map((word) => word.replace(/^v(?=\d)/, ''));
}

async function download(
  { program, files }: Extract<Installation, { kind: 'release' }>,
  options: InstallOptions,
): Promise<string> {
  const file = files[options.platform as PlatformName];
  if (file === undefined) {
    throw new Error(`there is none for ${options.platform}, only for ${Object.keys(files).join(' and ')}`);
  }
  const content = await fetchVerified(file, options);
  const folder = path.join(options.scratch, 'bin');
  await mkdir(folder, { recursive: true });
  const target = path.join(folder, program);
  await writeFile(target, file.archived ? await unpack(content, program) : content, { mode: 0o755 });
  return target;
}

async function fetchVerified(
  { url, sha256 }: ReleaseFile,
  { fetch: get, signal }: InstallOptions,
): Promise<Buffer> {
  const response = await get(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(downloadLimitMs)]),
  });
  if (!response.ok) throw new Error(`${url} answered with HTTP ${response.status}`);
  const content = Buffer.from(await response.arrayBuffer());
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual === sha256) return content;
  throw new Error(`${url} has the checksum ${actual}, and ${sha256} is expected: it is not what was pinned`);
}

/** One file of a gzipped tar archive, by its name. */
async function unpack(archive: Buffer, name: string): Promise<Buffer> {
  const entries = Readable.from([archive]).pipe(createGunzip()).pipe(extract());
  for await (const entry of entries) {
    if (path.posix.normalize(entry.header.name) === name && entry.header.type === 'file')
      return buffer(entry);
    entry.resume();
  }
  throw new Error(`the archive has no ${name} in it`);
}

async function installPackages(
  { program, packageJson, packageLock }: Extract<Installation, { kind: 'npm' }>,
  { run, scratch, environment, signal }: InstallOptions,
): Promise<string> {
  const folder = path.join(scratch, program);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(packageJson));
  await writeFile(path.join(folder, 'package-lock.json'), JSON.stringify(packageLock));
  const { exitCode, stderr } = await run(
    'npm',
    ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'],
    { cwd: folder, environment, signal },
  );
  if (exitCode !== 0) {
    const said = stderr.split('\n').find((line) => line.startsWith('npm error') && !line.includes('code E'));
    throw new Error(`npm ci: ${said ?? `exit code ${exitCode}`}`);
  }
  return path.join(folder, 'node_modules', '.bin', program);
}
