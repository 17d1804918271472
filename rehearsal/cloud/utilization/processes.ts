import { readFileSync } from 'node:fs';

/** What a process and its children have used so far. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly memoryMiB: number;
}

/** `undefined` where it cannot be told: the process has ended, or this is not Linux. */
export type ReadUsage = (pid: number) => Usage | undefined;

/** The unit of times in /proc is the same on every Linux. Source: proc_pid_stat(5), sysconf(_SC_CLK_TCK). */
const ticksPerSecond = 100;

/** By /proc: the process, and what descends from it. */
export const readUsage: ReadUsage = (pid) => {
  try {
    // After the command's name in brackets, which may have spaces, utime, stime, cutime and cstime are the 12th to 15th.
    const fields = read(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const kiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(pid, 'status'))?.[1] ?? 0);
    return childrenOf(pid)
      .map((child) => readUsage(child))
      .filter((usage) => usage !== undefined)
      .reduce<Usage>(
        (sum, { cpuSeconds, memoryMiB }) => ({
          cpuSeconds: sum.cpuSeconds + cpuSeconds,
          memoryMiB: sum.memoryMiB + memoryMiB,
        }),
        { cpuSeconds: ticks / ticksPerSecond, memoryMiB: kiB / 1024 },
      );
  } catch {
    return undefined;
  }
};

function childrenOf(pid: number): readonly number[] {
  return read(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function read(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}
