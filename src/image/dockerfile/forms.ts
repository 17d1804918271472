import { type Instruction, ModifiableInstruction } from 'dockerfile-ast';
import type { Healthcheck } from './stage.ts';

/**
 * `CMD` and `ENTRYPOINT`: a JSON array is the argument vector; anything else is for the shell, as Docker has it.
 * (The parser's own reading of the JSON form drops spaces inside of its strings.)
 */
export function readCommand(content: string): string[] {
  return parseVector(content) ?? ['/bin/sh', '-c', content];
}

export function parseVector(content: string): string[] | undefined {
  if (!content.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(content);
    return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The flags of an instruction, `--name=value`, by their names. */
export function flagsOf(instruction: Instruction): ReadonlyMap<string, string> {
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
  return new Map(flags.map((flag) => [flag.getName(), flag.getValue() ?? '']));
}

/** What is behind the flags. */
export function withoutFlags(instruction: Instruction): string {
  return (instruction.getArgumentsContent() ?? '').trim().replace(/^(--\S+\s+)+/, '');
}

const nanoseconds = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 } as const;

/** A duration as Go writes it, `1m30s`, in nanoseconds. */
function parseGoDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)) {
    sum += Number(amount) * nanoseconds[unit as keyof typeof nanoseconds];
  }
  return Math.round(sum);
}

export function readHealthcheck(
  instruction: Instruction,
  report: (message: string) => void,
): Healthcheck | undefined {
  const content = withoutFlags(instruction);
  if (/^NONE$/i.test(content)) return { Test: ['NONE'] };
  const [, command] = /^CMD\s+([\s\S]+)$/i.exec(content) ?? [];
  if (command === undefined) {
    report('HEALTHCHECK: expected CMD or NONE');
    return undefined;
  }
  const vector = parseVector(command.trim());
  const healthcheck: Healthcheck = {
    Test: vector === undefined ? ['CMD-SHELL', command.trim()] : ['CMD', ...vector],
  };
  for (const [name, value] of flagsOf(instruction)) {
    const duration = parseGoDuration(value);
    if (name === 'retries' && /^\d+$/.test(value)) healthcheck.Retries = Number(value);
    else if (duration === undefined) report(`HEALTHCHECK --${name}=${value} is not understood`);
    else if (name === 'interval') healthcheck.Interval = duration;
    else if (name === 'timeout') healthcheck.Timeout = duration;
    else if (name === 'start-period') healthcheck.StartPeriod = duration;
    else if (name === 'start-interval') healthcheck.StartInterval = duration;
    else report(`HEALTHCHECK --${name} is not understood`);
  }
  return healthcheck;
}
