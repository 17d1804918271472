import { relay, runShell, stepEnvironment, type RunCommand, type Runner } from '../github/index.ts';

/** A command line of sluice.yml, and where it is run. */
interface OwnCommand {
  /** The heading of its part of the log. */
  readonly title: string;
  readonly command: string;
  /** Absolute. */
  readonly directory: string;
  /** Variables that it is told, besides those that a `run:` step has. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly run: RunCommand;
  readonly runner: Runner;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** Runs a command that the user wrote in sluice.yml, as a `run:` step would. @returns its exit code */
export function runOwnCommand({
  title,
  command,
  directory,
  variables = {},
  run,
  runner,
  signal,
  onLine,
}: OwnCommand): Promise<number> {
  return runner.group(title, async () => {
    const { line, end } = relay(runner);
    try {
      const { exitCode } = await runShell(run, command, {
        cwd: directory,
        environment: { ...stepEnvironment(runner.environment), ...variables },
        onLine: (text) => {
          line(text);
          onLine?.(text);
        },
        signal,
      });
      return exitCode;
    } finally {
      end();
    }
  });
}
