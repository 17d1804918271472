/** Prints what is being waited for: a line for each change, and one a minute while nothing changes. */
export interface Progress {
  report(state: string): void;
}

interface ProgressOptions {
  readonly print: (line: string) => void;
  /** Milliseconds of any steady clock. */
  readonly now: () => number;
  /** When the wait will be given up, on the same clock. */
  readonly deadline?: number;
  readonly quietMs?: number;
}

export function createProgress({ print, now, deadline, quietMs = 60_000 }: ProgressOptions): Progress {
  let last: { state: string; since: number; printedAt: number } | undefined;
  return {
    report: (state) => {
      const time = now();
      if (last?.state !== state) {
        print(state);
        last = { state, since: time, printedAt: time };
      } else if (time - last.printedAt >= quietMs) {
        const left = deadline === undefined ? '' : `, ${formatDuration(Math.max(0, deadline - time))} left`;
        print(`${state} (for ${formatDuration(time - last.since)}${left})`);
        last.printedAt = time;
      }
    },
  };
}

/** Milliseconds for people: `480 ms`, `4.2 s`, `1 min 5 s`, `2 h 3 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 10) return `${Math.round(milliseconds / 100) / 10} s`;
  if (seconds < 60) return `${seconds} s`;
  const parts = (large: number, unit: string, small: number, smallUnit: string) =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? parts(minutes, 'min', seconds % 60, 's')
    : parts(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}
