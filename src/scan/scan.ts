import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorMessage, Failure } from '../github/index.ts';
import { judge, type Judgement } from './judge.ts';
import { runScanner, type RunOptions, type ScannerRun } from './run.ts';
import type { ScanSettings } from './settings.ts';
import { scanners } from './tools/index.ts';
import { parseVex, type VexStatement } from './vex.ts';
import { parseWaivers, type Waivers } from './waivers.ts';

/** What is scanned, and by whom it is told. */
export interface ScanOptions extends Omit<RunOptions, 'scratch'> {
  /** The checked-out repository, absolute. */
  readonly workspace: string;
  /** The build context, relative to the workspace: its lock file names what the image has. */
  readonly context: string;
  /** The image as an OCI layout, absolute, once it is verified. */
  readonly layout: string | undefined;
  /** Folders in the workspace that are not of the repository. */
  readonly foreign: readonly string[];
  readonly settings: ScanSettings;
  /** What fingerprints of secrets are salted with. */
  readonly salt: string;
  readonly now: () => Date;
  /** Called as each scanner ends. */
  readonly report: (run: ScannerRun) => void;
}

export interface Scan {
  readonly runs: readonly ScannerRun[];
  readonly judgement: Judgement;
}

/**
 * Runs the scanners, one after the other, and judges what they found.
 *
 * @throws Failure where an OpenVEX document or the waivers cannot be read
 */
export async function scan(options: ScanOptions): Promise<Scan> {
  const { workspace, settings } = options;
  const waivers = await readWaivers(workspace, settings.waivers, options.now());
  const statements = await readStatements(workspace, settings.vex, options.now());
  const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-scan-'));
  try {
    const lockFile = path.posix.join(options.context, 'package-lock.json');
    const subject = {
      workspace,
      layout: options.layout,
      lockFile: (await exists(path.join(workspace, lockFile))) ? lockFile : undefined,
      advisories: settings.advisories,
      foreign: options.foreign,
      scratch,
      salt: options.salt,
    };
    const runs: ScannerRun[] = [];
    for (const name of settings.scanners) {
      const run = await runScanner(scanners[name], subject, { ...options, scratch });
      options.report(run);
      runs.push(run);
    }
    const { failOn, databaseAgeMs } = settings;
    return {
      runs,
      judgement: judge({
        runs,
        waivers,
        statements,
        policy: { failOn, databaseAgeMs },
        now: options.now(),
      }),
    };
  } finally {
    // Some of what is in there holds the secrets that were found.
    await rm(scratch, { recursive: true, force: true });
  }
}

async function readWaivers(workspace: string, file: string, now: Date): Promise<Waivers> {
  if (!(await exists(path.join(workspace, file)))) return { waivers: [], problems: [] };
  return parseWaivers(await readFile(path.join(workspace, file), 'utf8'), file, now);
}

async function readStatements(
  workspace: string,
  files: readonly string[],
  now: Date,
): Promise<readonly VexStatement[]> {
  const statements: VexStatement[] = [];
  for (const file of files) {
    try {
      statements.push(...parseVex(await readFile(path.join(workspace, file), 'utf8'), now));
    } catch (error) {
      throw new Failure('An OpenVEX document cannot be used', {
        where: file,
        why: errorMessage(error),
        remedy: 'Correct it, or take it out of checks.scan.vex; docs/security-scan.md says what it needs',
        cause: error,
      });
    }
  }
  return statements.sort((a, b) => a.at.getTime() - b.at.getTime());
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
