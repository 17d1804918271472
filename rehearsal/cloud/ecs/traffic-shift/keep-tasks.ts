import type { Step, Tasks } from '../decide.ts';

/**
 * What brings one side of a deployment that shifts traffic to the wanted number of tasks. Replacements are started at
 * once, beside what they replace: the sides do not make room for each other.
 */
export function keepTasks(tasks: Tasks, wanted: number, backingOff: boolean): Omit<Step, 'settled'> {
  const up = [...tasks.starting, ...tasks.healthy];
  const surplus = up.slice(0, Math.max(0, up.length - wanted));
  return {
    start: backingOff ? 0 : Math.max(0, wanted - up.length),
    stop: [
      ...tasks.unhealthy.map((id) => ({ id, why: 'unhealthy' as const })),
      ...surplus.map((id) => ({ id, why: wanted === 0 ? ('replaced' as const) : ('scaled-in' as const) })),
    ],
  };
}
