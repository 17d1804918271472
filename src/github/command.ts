import { spawn } from 'node:child_process';

interface CommandOptions {
  readonly cwd?: string;
  /** All of its environment; by default this process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Called with each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with an argument vector. A shell never sees the arguments. */
export type RunCommand = (
  program: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<CommandResult>;

/** A program could not be started at all: it is not there, or may not be run. */
export class CommandNotStarted extends Error {
  override readonly name = 'CommandNotStarted';
}

/** Of a program that is listened to, the end of what it printed is kept: so many characters of each stream. */
const keptLength = 1_000_000;
/** What a program has left running may hold its streams open; what it printed itself is there by then. */
const drainMs = 2_000;

export const runCommand: RunCommand = (program, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.environment ?? process.env,
      signal: options.signal,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout = collect(child.stdout, options.onLine);
    const stderr = collect(child.stderr, options.onLine);
    child.on('error', (error) =>
      reject(
        error.name === 'AbortError'
          ? error
          : new CommandNotStarted(`${program} could not be started`, { cause: error }),
      ),
    );
    child.on('exit', () => {
      const timer = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, drainMs);
      child.on('close', () => clearTimeout(timer));
    });
    child.on('close', (code) => resolve({ exitCode: code ?? 1, stdout: stdout.text, stderr: stderr.text }));
    // A program that ends without reading its input is told by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });

function collect(
  stream: NodeJS.ReadableStream,
  onLine: ((line: string) => void) | undefined,
): { readonly text: string } {
  const collected = { text: '' };
  let rest = '';
  // A CR at the end of a chunk waits for the LF that may begin the next.
  let held = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    collected.text += chunk;
    if (onLine === undefined) return;
    if (collected.text.length > 2 * keptLength) collected.text = collected.text.slice(-keptLength);
    const text = held + chunk;
    held = text.endsWith('\r') ? '\r' : '';
    // Only the chunk is searched: a line of many megabytes takes no longer than many short ones.
    const [first = '', ...lines] = text.slice(0, text.length - held.length).split(/\r?\n|\r/);
    const last = lines.pop();
    if (last === undefined) {
      rest += first;
      return;
    }
    onLine(rest + first);
    lines.forEach((line) => onLine(line));
    rest = last;
  });
  stream.on('close', () => {
    if (rest !== '' || held !== '') onLine?.(rest);
  });
  return collected;
}

/**
 * The environment of a command that the user wrote: as a `run:` step would have it, without the action's inputs, the
 * runner's own tokens, and the files by which a step speaks to the runner.
 */
export function stepEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const isPrivate = (name: string): boolean =>
    /^(INPUT_|ACTIONS_|STATE_)/.test(name) || /^GITHUB_(OUTPUT|ENV|PATH|STATE)$/.test(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isPrivate(name)));
}

/** Runs a command line of the user in a shell, as GitHub's `shell: bash` does. */
export const runShell = (run: RunCommand, command: string, options: CommandOptions): Promise<CommandResult> =>
  run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', command], options);

/** Aborted when the job is cancelled: the runner sends SIGINT, and SIGTERM 7.5 s later. */
export function cancellation(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Error(`The job was cancelled (${signal}).`)));
  }
  return controller.signal;
}

/**
 * The environment of a build: without the job's inputs, tokens and cloud credentials, which are no business of install
 * scripts. The two variables by which `.npmrc` files name a token for a private package registry stay.
 */
export function buildEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const isPrivate = (name: string): boolean =>
    /^(INPUT_|ACTIONS_|GITHUB_|STATE_|AWS_)|TOKEN|SECRET|PASSWORD/i.test(name) &&
    name !== 'NODE_AUTH_TOKEN' &&
    name !== 'NPM_TOKEN';
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isPrivate(name)));
}
