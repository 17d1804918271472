import { createRunner, type Runner } from './runner.ts';

/** A runner whose lines and files are looked at. For tests alone. */
export function fakeRunner(environment: Readonly<Record<string, string>> = {}): {
  readonly runner: Runner;
  readonly lines: string[];
  readonly files: Record<string, string>;
  readonly exitCodes: number[];
} {
  const lines: string[] = [];
  const files: Record<string, string> = {};
  const exitCodes: number[] = [];
  const runner = createRunner({
    environment,
    write: (line) => lines.push(line),
    append: (file, text) => {
      files[file] = (files[file] ?? '') + text;
    },
    setExitCode: (code) => exitCodes.push(code),
  });
  return { runner, lines, files, exitCodes };
}
