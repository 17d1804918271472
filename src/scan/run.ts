import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { CommandNotStarted, errorMessage } from '../github/index.ts';
import { cleaned, printable } from './finding.ts';
import { install, NotInstalled, type InstallOptions } from './install.ts';
import type { BuiltInScanner, Command, ProgramScanner, Report, Scanner, Subject } from './tools/scanner.ts';

/** How a scanner fared. Only what is `reported` says anything about the image. */
export type ScannerRun =
  | {
      readonly kind: 'reported';
      readonly scanner: Scanner;
      readonly version: string;
      readonly report: Report;
    }
  | {
      /**
       * `unasked`: there is nothing for it to look at. `silent`: it ended well and printed nothing, as one does that
       * was not really run.
       */
      readonly kind: 'unasked' | 'missing' | 'crashed' | 'silent' | 'unreadable' | 'too-slow';
      readonly scanner: Scanner;
      readonly why: string;
    };

export interface RunOptions extends InstallOptions {
  /** Called with what must be hidden before anything else is printed. */
  readonly mask: (secret: string) => void;
  /** The longest that one scanner may take. */
  readonly limitMs: number;
}

/** The longest that is told of why one did not tell. */
const longestReason = 600;

/** Installs and runs one scanner, and reads what it printed. Throws only where the job is cancelled. */
export async function runScanner(
  scanner: Scanner,
  subject: Subject,
  options: RunOptions,
): Promise<ScannerRun> {
  const run = await attempt(scanner, subject, options);
  if (run.kind !== 'reported') return { ...run, why: printable(run.why, longestReason) };
  return { ...run, report: { ...run.report, findings: run.report.findings.map(cleaned) } };
}

async function attempt(scanner: Scanner, subject: Subject, options: RunOptions): Promise<ScannerRun> {
  const missing = whatIsMissing(scanner, subject);
  if (missing !== undefined) return { kind: 'unasked', scanner, why: missing };
  const limit = AbortSignal.timeout(options.limitMs);
  const signal = AbortSignal.any([options.signal, limit]);
  try {
    return scanner.kind === 'built-in'
      ? await runBuiltIn(scanner, subject)
      : await runProgram(scanner, subject, { ...options, signal });
  } catch (error) {
    options.signal.throwIfAborted();
    if (limit.aborted) {
      return { kind: 'too-slow', scanner, why: `it did not end within ${options.limitMs / 1000} s` };
    }
    if (error instanceof NotInstalled) return { kind: 'missing', scanner, why: error.message };
    if (error instanceof CommandNotStarted) return { kind: 'missing', scanner, why: errorMessage(error) };
    return { kind: 'crashed', scanner, why: errorMessage(error) };
  }
}

function whatIsMissing({ needs }: Scanner, subject: Subject): string | undefined {
  switch (needs) {
    case 'layout':
      return subject.layout === undefined ? 'the image was not handed over (input "layout")' : undefined;
    case 'lockFile':
      return subject.lockFile === undefined
        ? 'there is no package-lock.json beside the Dockerfile'
        : undefined;
    case 'advisories':
      return subject.advisories === undefined
        ? 'sluice.yml names no folder (checks.scan.advisories)'
        : undefined;
    case 'workspace':
      return undefined;
  }
}

async function runBuiltIn(scanner: BuiltInScanner, subject: Subject): Promise<ScannerRun> {
  const report = await scanner.scan(subject);
  return { kind: 'reported', scanner, version: scanner.version, report };
}

async function runProgram(
  scanner: ProgramScanner,
  subject: Subject,
  options: RunOptions,
): Promise<ScannerRun> {
  const { program, version } = await install(scanner, options);
  const asked = await scanner.command(subject);
  const reports: Report[] = [];
  for (const command of isList(asked) ? asked : [asked]) {
    const told = await runOne(scanner, program, command, subject, options);
    if ('kind' in told) return told;
    reports.push(told);
  }
  return { kind: 'reported', scanner, version, report: joined(reports) };
}

function isList(commands: Command | readonly Command[]): commands is readonly Command[] {
  return Array.isArray(commands);
}

/** @returns its report, or how it failed */
async function runOne(
  scanner: ProgramScanner,
  program: string,
  { args, cwd, environment, reportFile }: Command,
  subject: Subject,
  options: RunOptions,
): Promise<Report | ScannerRun> {
  const settings = {
    cwd: cwd ?? subject.scratch,
    environment: { ...options.environment, ...environment },
    signal: options.signal,
  };
  const { exitCode, stdout, stderr } = await options.run(program, args, settings);
  if (!scanner.finished.includes(exitCode)) {
    return { kind: 'crashed', scanner, why: `exit code ${exitCode}${lastWords(scanner, stderr)}` };
  }
  const told = reportFile === undefined ? stdout : await textOf(reportFile);
  if (told.trim() === '') {
    return { kind: 'silent', scanner, why: `it ended with ${exitCode} and printed nothing` };
  }
  const database =
    scanner.databaseCommand === undefined
      ? undefined
      : (await options.run(program, scanner.databaseCommand(subject).args, settings)).stdout;
  try {
    const report = await scanner.read({ stdout: told, database }, subject);
    report.sensitive?.forEach(options.mask);
    return report;
  } catch (error) {
    return {
      kind: 'unreadable',
      scanner,
      why: `what it printed cannot be read: ${errorMessage(error)}${lastWords(scanner, stderr)}`,
    };
  }
}

/** One report of several; of none, that it looked at nothing. */
function joined(reports: readonly Report[]): Report {
  const counts = reports.map(({ looked }) => looked);
  return {
    findings: reports.flatMap(({ findings }) => findings),
    looked: counts.includes(undefined)
      ? undefined
      : counts.reduce<number>((sum, each) => sum + (each ?? 0), 0),
    database: reports[0]?.database ?? { kind: 'none' },
  };
}

/** What a program says as it fails; nothing of one whose words may hold a secret. */
function lastWords({ printsSecrets }: Scanner, stderr: string): string {
  if (printsSecrets) return '; its words are not shown, because they may hold a secret';
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: ${line.slice(0, 300)}`;
}

/** Nothing where it was not written: that is for the caller to judge. */
async function textOf(file: string): Promise<string> {
  return existsSync(file) ? readFile(file, 'utf8') : '';
}
