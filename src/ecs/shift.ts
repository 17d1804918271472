/** What is seen of a deployment that shifts traffic between two target groups. */
export interface Shift {
  /** ECS's name of the stage; `undefined` before the first. */
  readonly stage: string | undefined;
  /** A pause of ECS that waits for an answer. */
  readonly gate: OpenGate | undefined;
  /** What the production rule has now; `undefined` where it cannot be told which group is green's. */
  readonly live: Split | undefined;
  /** Percent of the production traffic that ECS means to have on green. */
  readonly requested: number;
  /** Healthy targets of each side. */
  readonly healthy: { readonly green: number; readonly blue: number };
  /** Whether there is an old version at all: the first deployment of a service has none. */
  readonly hasBlue: boolean;
  /** AWS's time of this look, in milliseconds since the epoch. */
  readonly time: number;
  /** When the deployment began, of the same clock. */
  readonly startedAt: number;
  /** How long ECS stays at each step before it pauses for the next, in milliseconds of the same clock. */
  readonly stepBakeMs: number;
}

export interface OpenGate {
  readonly hookId: string;
  /** When ECS began to wait, in milliseconds since the epoch, of AWS's clock; `undefined` where it does not say. */
  readonly openedAt: number | undefined;
  /** When ECS takes the timeout's action by itself, in milliseconds since the epoch, of AWS's clock. */
  readonly expiresAt: number;
}

/** Percent of the production traffic. */
export interface Split {
  readonly green: number;
  readonly blue: number;
  /** To target groups of neither side. */
  readonly others: number;
}

/** How the weights of a rule split the traffic. Without any weight, nothing goes anywhere. */
export function splitOf(
  forward: readonly { readonly targetGroup: string; readonly weight: number }[],
  sides: { readonly green: string; readonly blue: string | undefined },
): Split {
  const sum = forward.reduce((total, { weight }) => total + weight, 0);
  const share = (isIn: (group: string) => boolean): number =>
    sum === 0
      ? 0
      : (forward.reduce((total, { targetGroup, weight }) => total + (isIn(targetGroup) ? weight : 0), 0) *
          100) /
        sum;
  return {
    green: share((group) => group === sides.green),
    blue: share((group) => group === sides.blue),
    others: share((group) => group !== sides.green && group !== sides.blue),
  };
}

/** Weights are whole numbers of a hundred or a thousand: what is nearer than that is the same. */
const tolerance = 0.06;

/** Whether two shares, in percent, are the same one. */
export function isSameShare(one: number, other: number): boolean {
  return Math.abs(one - other) <= tolerance;
}

/**
 * Whether the live weights are not what ECS has written: neither what it means to have now, nor what it had a step
 * before. Then somebody else has a hand in them. At a pause ECS moves nothing, so that a step before is not its own
 * either: green without traffic would pass for one that has had none yet.
 *
 * @param steps the percentages on green that the deployment goes through, rising, from 0 to 100
 */
export function isEdited({ live, requested, hasBlue, gate }: Shift, steps: readonly number[]): boolean {
  if (live === undefined || !hasBlue) return false;
  if (live.others > tolerance) return true;
  const before = gate === undefined ? steps.filter((step) => step < requested - tolerance).at(-1) : undefined;
  return ![requested, ...(before === undefined ? [] : [before])].some((percent) =>
    isSameShare(live.green, percent),
  );
}

/**
 * Whether blue can take all of the traffic: it has as many healthy targets as it should, or at least as many as green
 * has, so that going back makes nothing worse.
 */
export function canTakeBack({ healthy, hasBlue }: Shift, desired: number): boolean {
  if (!hasBlue) return false;
  return healthy.blue > 0 && (healthy.blue >= desired || healthy.blue >= healthy.green);
}

/** `10 % green, 90 % blue` */
export function formatSplit({ green, blue, others }: Split): string {
  const percent = (share: number): string => `${Number(share.toFixed(1))} %`;
  return `${percent(green)} green, ${percent(blue)} blue${others === 0 ? '' : `, ${percent(others)} elsewhere`}`;
}
