import { judged, windowMs, within, type AnalysisPolicy, type Look } from './samples.ts';

/** What one look at one thing may be wrong about: how likely a good version fails by chance. */
export interface Risk {
  /** For a `fail`: what is left for this look. */
  readonly fail: number;
  /** For holding a pass back until there is more to see: as if this were the only look. */
  readonly doubt: number;
}

/** Errors, latency, and the load balancer's own errors. */
const checks = 3;

/**
 * Each look is another chance to be wrong: five looks at 5 % are wrong 14 times in 100. So look number k has
 * 1 / (k (k + 1)) of what may go wrong, which adds up to all of it however many looks there are: nobody has to know
 * beforehand.
 */
export function riskOf({ confidence, analyses }: AnalysisPolicy, look: number): Risk {
  const each = (1 - confidence) / analyses / checks;
  return { fail: each / (look * (look + 1)), doubt: each };
}

/** What is left for each of several questions of one check: each is another chance to be wrong. */
export function shared({ fail, doubt }: Risk, questions: number): Risk {
  return { fail: fail / questions, doubt: doubt / questions };
}

interface Counted {
  readonly at: number;
  readonly requests: number;
}

/** Minutes of both sides, or twice those of the one that there is. */
export type Sides = readonly [readonly Counted[], readonly Counted[]];

/**
 * The number of this look at the present split; 0 where too little of it can be judged for a verdict.
 *
 * It is not remembered, and not that of the looks that this process had: it is told by the minutes since the split can
 * have begun. One that was killed and started again may judge fewer minutes, as it does not know when exactly the split
 * began, but it has no more looks than one that never died: each look is of a minute of its own, and its number is at
 * least its rank among them.
 */
export function lookAt(sides: Sides, look: Look, minimumRequests: number): number {
  const { from, to } = judged(look);
  const since = (start: number): number =>
    lookNumber(within(sides[0], start, to), within(sides[1], start, to), minimumRequests);
  return since(from) === 0 ? 0 : since(Math.min(look.countedFrom, from)) + look.extraLooks;
}

/**
 * How many minutes there have been with enough requests of both sides so far. 0 where there are too few for a verdict.
 */
export function lookNumber(
  green: readonly Counted[],
  blue: readonly Counted[],
  minimumRequests: number,
): number {
  const enough = Math.max(enoughAt(green, minimumRequests), enoughAt(blue, minimumRequests));
  const minutes = new Set([...green, ...blue].map(({ at }) => Math.floor(at / windowMs)));
  return [...minutes].filter((minute) => minute * windowMs >= enough).length;
}

/** When the minute began in which the requests were enough. */
function enoughAt(windows: readonly Counted[], minimum: number): number {
  let requests = 0;
  for (const window of windows) {
    requests += window.requests;
    if (requests >= minimum) return Math.floor(window.at / windowMs) * windowMs;
  }
  return Infinity;
}
