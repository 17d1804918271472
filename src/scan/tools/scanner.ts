import type { Category, Finding, ScannerName } from '../finding.ts';

/** What there is to look at. Paths are absolute unless it is said otherwise. */
export interface Subject {
  /** The checked-out repository. */
  readonly workspace: string;
  /** The image as an OCI layout folder, by its digest; `undefined` where only the source is scanned. */
  readonly layout: string | undefined;
  /** The lock file of the service, relative to the workspace; `undefined` where there is none. */
  readonly lockFile: string | undefined;
  /** A folder with advisories in OSV's format, relative to the workspace. */
  readonly advisories: string | undefined;
  /** Folders in the workspace that are not of the repository: the image, and what this action writes. */
  readonly foreign: readonly string[];
  /** A folder that is empty at first, for what a scanner wants to have as a file. */
  readonly scratch: string;
  /** What fingerprints of secrets are salted with: the repository's name. */
  readonly salt: string;
}

/** How a scanner comes to a runner. Whatever is fetched is held to a checksum that stands here. */
export type Installation =
  /** A file of a release on GitHub. */
  | {
      readonly kind: 'release';
      readonly program: string;
      /** The arguments that let it say its version. */
      readonly versionArgs: readonly string[];
      readonly files: Readonly<Partial<Record<PlatformName, ReleaseFile>>>;
    }
  /** Packages of npm, installed by a lock file with the integrity of each, and without their install scripts. */
  | {
      readonly kind: 'npm';
      readonly program: string;
      readonly versionArgs: readonly string[];
      readonly packageJson: unknown;
      readonly packageLock: unknown;
    }
  /** Comes with Node.js, which every runner has. */
  | { readonly kind: 'with-node'; readonly program: string; readonly versionArgs: readonly string[] };

export type PlatformName = 'linux-x64' | 'linux-arm64';

export interface ReleaseFile {
  readonly url: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Whether the program is in a gzipped tar archive, under its own name. */
  readonly archived: boolean;
}

/** How current the knowledge is that a report rests on. */
export type Database =
  /** There is none: rules come with the program. */
  | { readonly kind: 'none' }
  /** A service that was asked as the scan ran. */
  | { readonly kind: 'live' }
  | { readonly kind: 'dated'; readonly builtAt: Date }
  /** There is one, and it does not say how old it is. */
  | { readonly kind: 'undated' };

/** What a scanner says it found. */
export interface Report {
  readonly findings: readonly Finding[];
  /** How many packages or files it looked at; `undefined` where it does not tell. */
  readonly looked: number | undefined;
  readonly database: Database;
  /** What must be hidden in whatever is printed from now on. */
  readonly sensitive?: readonly string[];
}

export interface Command {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * The file (absolute) that it writes its report to, instead of printing it. For programs that end while their
   * output is still on its way: a pipe keeps 64 KiB of it.
   */
  readonly reportFile?: string;
}

/** What a scanner printed, and what else its reading needs. */
export interface Printed {
  readonly stdout: string;
  /** What the command of {@link ProgramScanner.databaseCommand} printed. */
  readonly database: string | undefined;
}

interface Common {
  readonly name: ScannerName;
  readonly category: Category;
  /** Without it there is nothing to look at. */
  readonly needs: 'layout' | 'lockFile' | 'workspace' | 'advisories';
  /** Whether what it prints may hold what it found; then none of it is ever shown. */
  readonly printsSecrets: boolean;
}

/** A scanner that is a program of its own. */
export interface ProgramScanner extends Common {
  readonly kind: 'program';
  /** The exact version that is run. */
  readonly version: string | undefined;
  readonly installation: Installation;
  /** Of several, each is run and read by itself, and their reports are one. */
  readonly command: (
    subject: Subject,
  ) => Promise<Command | readonly Command[]> | Command | readonly Command[];
  /** Tells the age of the database, where the report does not. Run after the scan, which may have fetched a newer one. */
  readonly databaseCommand?: (subject: Subject) => Command;
  /** With any other exit code it has not done its work, whatever it printed. */
  readonly finished: readonly number[];
  /** @throws Error where it is not what this scanner prints. */
  readonly read: (printed: Printed, subject: Subject) => Promise<Report> | Report;
}

/** A scanner that is part of this action. */
export interface BuiltInScanner extends Common {
  readonly kind: 'built-in';
  readonly version: string;
  readonly scan: (subject: Subject) => Promise<Report>;
}

export type Scanner = ProgramScanner | BuiltInScanner;
