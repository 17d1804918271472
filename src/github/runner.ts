import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { EOL } from 'node:os';

/** Where an annotation points to. Lines and columns count from 1. */
export interface AnnotationPlace {
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * How an action talks to the runner: workflow commands on stdout, and the command files.
 *
 * `@actions/core` says the same, but loads an HTTP client with it, which is 60 ms of a cold start of which `deploy`
 * has 160 (docs/decisions.md). The formats are those of
 * https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export interface Runner {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One line of the log. */
  info(message: string): void;
  /** A line that is shown only where the run is debugged. */
  debug(message: string): void;
  notice(message: string, place?: AnnotationPlace): void;
  warning(message: string, place?: AnnotationPlace): void;
  error(message: string, place?: AnnotationPlace): void;
  /** Ends as failed, with this one annotation. The process goes on to its end. */
  fail(message: string): void;
  /** Hides a value, and each of its lines, in everything that is printed from now on. */
  mask(secret: string): void;
  output(name: string, value: string): void;
  exportVariable(name: string, value: string): void;
  /** Folds what `work` prints under a heading. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}

export interface RunnerOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly write: (line: string) => void;
  readonly append: (file: string, text: string) => void;
  readonly setExitCode: (code: number) => void;
}

/** The runner that this process is a step of; in tests, one whose lines and files are looked at. */
export function createRunner(options: RunnerOptions): Runner {
  const { environment, write } = options;
  const command = (
    name: string,
    text: string,
    properties: Record<string, string | number | undefined> = {},
  ) => {
    const list = Object.entries(properties)
      .filter((entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== '')
      .map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
      .join(',');
    write(`::${name}${list === '' ? '' : ` ${list}`}::${escapeText(text)}`);
  };
  const annotate = (level: 'notice' | 'warning' | 'error', message: string, place: AnnotationPlace = {}) =>
    command(level, message, {
      title: place.title,
      file: place.file,
      line: place.line,
      col: place.column,
    });
  const fileCommand = (variable: string, name: string, value: string) => {
    const file = environment[variable];
    if (file === undefined || file === '') {
      // Started by hand, outside of a workflow.
      write(`${name}=${value}`);
      return;
    }
    const delimiter = `sluice_${randomUUID()}`;
    options.append(file, `${name}<<${delimiter}${EOL}${value}${EOL}${delimiter}${EOL}`);
  };

  return {
    environment,
    info: (message) => write(message),
    debug: (message) => command('debug', message),
    notice: (message, place) => annotate('notice', message, place),
    warning: (message, place) => annotate('warning', message, place),
    error: (message, place) => annotate('error', message, place),
    fail: (message) => {
      annotate('error', message);
      options.setExitCode(1);
    },
    mask: (secret) => {
      // The runner looks for the value line by line; a mask of nothing would hide everything.
      for (const line of new Set([secret, ...secret.split(/\r?\n/)])) {
        if (line.trim() !== '') command('add-mask', line);
      }
    },
    output: (name, value) => fileCommand('GITHUB_OUTPUT', name, value),
    exportVariable: (name, value) => fileCommand('GITHUB_ENV', name, value),
    group: async (title, work) => {
      command('group', title);
      try {
        return await work();
      } finally {
        command('endgroup', '');
      }
    },
  };
}

/** The runner of this process. */
export const runner: Runner = createRunner({
  environment: process.env,
  write: (line) => process.stdout.write(line + EOL),
  append: appendFileSync,
  setExitCode: (code) => {
    process.exitCode = code;
  },
});

function escapeText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
