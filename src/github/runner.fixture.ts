import { createRunner, type Runner } from './runner.ts';

/** A runner whose lines are kept. @param environment the variables that it has */
export function heardRunner(environment: Runner['environment'] = {}): {
  readonly runner: Runner;
  readonly lines: string[];
} {
  const lines: string[] = [];
  const runner = createRunner({
    environment,
    write: (line) => lines.push(line),
    append: () => undefined,
    setExitCode: () => undefined,
  });
  return { runner, lines };
}
