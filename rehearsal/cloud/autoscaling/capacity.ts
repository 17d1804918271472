/** What a policy sees when it is looked at. Times are milliseconds since the epoch, of the cloud's clock. */
export interface Situation {
  readonly desired: number;
  readonly minimum: number;
  readonly maximum: number;
  /** The metric's newest value, and what the policy wants it to be. */
  readonly value: number;
  readonly target: number;
}

/**
 * The capacity that would bring the metric to its target, if it is shared between all tasks. Never past a limit, and
 * never the other way: the alarm says which way it is.
 */
export function capacityFor(
  way: 'out' | 'in',
  { desired, minimum, maximum, value, target }: Situation,
): number {
  const proportional = Math.ceil((desired * value) / target);
  switch (way) {
    case 'out':
      return Math.max(desired, Math.min(maximum, Math.max(proportional, desired + 1)));
    case 'in':
      return Math.min(desired, Math.max(minimum, proportional));
  }
}

/** A capacity within its limits. */
export function within(desired: number, minimum: number, maximum: number): number {
  return Math.min(Math.max(desired, minimum), maximum);
}
