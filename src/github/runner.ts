import { randomUUID } from 'node:crypto';
import { EOL } from 'node:os';
import * as core from '@actions/core';

/** Where an annotation points to. Lines and columns count from 1. */
interface AnnotationPlace {
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * How an action talks to the runner: workflow commands on stdout, and the command files.
 *
 * Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
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

interface RunnerOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly write: (line: string) => void;
  readonly append: (file: string, text: string) => void;
  readonly setExitCode: (code: number) => void;
}

/**
 * A runner whose lines and files can be looked at: for tests, and for the same work outside of a job. It writes what
 * the toolkit writes; a test holds the two against each other.
 */
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
      for (const line of maskedLines(secret)) command('add-mask', line);
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

/** The runner of this process, through GitHub's own toolkit. */
export const runner: Runner = {
  environment: process.env,
  info: core.info,
  debug: core.debug,
  notice: (message, place) => core.notice(message, annotation(place)),
  warning: (message, place) => core.warning(message, annotation(place)),
  error: (message, place) => core.error(message, annotation(place)),
  fail: core.setFailed,
  mask: (secret) => {
    for (const line of maskedLines(secret)) core.setSecret(line);
  },
  output: core.setOutput,
  exportVariable: core.exportVariable,
  group: core.group,
};

function annotation({ title, file, line, column }: AnnotationPlace = {}): core.AnnotationProperties {
  return {
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { startLine: line }),
    ...(column === undefined ? {} : { startColumn: column }),
  };
}

/** The runner looks for the value line by line; a mask of nothing would hide everything. */
function maskedLines(secret: string): string[] {
  return [...new Set([secret, ...secret.split(/\r?\n/)])].filter((line) => line.trim() !== '');
}

function escapeText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
