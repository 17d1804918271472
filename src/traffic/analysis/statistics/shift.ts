import { upperQuantile } from './normal.ts';

/** How far one side lies above the other. */
export interface Shift {
  /** The Hodges-Lehmann estimate: the median of all differences between a value of one side and one of the other. */
  readonly estimate: number;
  /** The ends of the confidence interval. Infinite where there are too few values for one. */
  readonly least: number;
  readonly most: number;
}

/**
 * The shift between two sides with its confidence interval, which inverts the Mann-Whitney test: as Kayenta's judge
 * does it, which asks R for `wilcox.test(…, conf.int=TRUE)`. The differences' ranks at the interval's ends come from
 * the normal approximation (Hollander & Wolfe, Nonparametric Statistical Methods, 4.2 and 4.3).
 *
 * @param alpha how likely the shift lies outside the interval, both sides together
 */
export function shiftOf(suspect: readonly number[], control: readonly number[], alpha: number): Shift {
  const differences = suspect.flatMap((mine) => control.map((other) => mine - other)).sort((a, b) => a - b);
  const pairs = differences.length;
  if (pairs === 0) return { estimate: Number.NaN, least: -Infinity, most: Infinity };
  const half = Math.floor(pairs / 2);
  const median = ((differences[half] ?? 0) + (differences[pairs - 1 - half] ?? 0)) / 2;
  const rank = Math.floor(
    pairs / 2 - upperQuantile(alpha / 2) * pairs * spread(suspect.length, control.length),
  );
  return {
    estimate: median,
    least: rank < 1 ? -Infinity : (differences[rank - 1] ?? -Infinity),
    most: rank < 1 ? Infinity : (differences[pairs - rank] ?? Infinity),
  };
}

/**
 * The same for values that are only known as counts of equally wide bins. Within its bin a value may be anywhere, so
 * the difference of two lies around the distance of their bins, up to one width away to each side, the nearer the
 * likelier.
 *
 * @param width the width of a bin, in the unit of the answer
 */
export function shiftOfCounts(
  suspect: readonly number[],
  control: readonly number[],
  width: number,
  alpha: number,
): Shift {
  const [mine, others] = [sum(suspect), sum(control)];
  if (mine === 0 || others === 0) return { estimate: Number.NaN, least: -Infinity, most: Infinity };
  const distances = pairsByDistance(suspect, control);
  const pairs = mine * others;
  const margin = upperQuantile(alpha / 2) * spread(mine, others);
  const farthest = control.length - 1;
  const at = (share: number): number => {
    if (share <= 0) return -Infinity;
    if (share >= 1) return Infinity;
    return (quantile(distances, share * pairs) - farthest) * width;
  };
  return { estimate: at(0.5), least: at(0.5 - margin), most: at(0.5 + margin) };
}

/** The standard deviation of Mann-Whitney's U, as a share of all pairs. */
function spread(mine: number, others: number): number {
  return Math.sqrt((mine + others + 1) / (12 * mine * others));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** How many pairs are how many bins apart; the first is the farthest below. */
function pairsByDistance(suspect: readonly number[], control: readonly number[]): number[] {
  const pairs = new Array<number>(suspect.length + control.length - 1).fill(0);
  for (const [bin, mine] of suspect.entries()) {
    if (mine === 0) continue;
    for (const [other, count] of control.entries()) {
      const distance = bin - other + control.length - 1;
      pairs[distance] = (pairs[distance] ?? 0) + mine * count;
    }
  }
  return pairs;
}

/** Where the running sum reaches `target`, each count spread over a triangle from one bin below to one above. */
function quantile(counts: readonly number[], target: number): number {
  // Between two whole distances lie the right half of the lower one's triangle and the left half of the upper one's.
  let reached = 0;
  for (let distance = -1; distance < counts.length; distance += 1) {
    const falling = counts[distance] ?? 0;
    const rising = counts[distance + 1] ?? 0;
    const between = (falling + rising) / 2;
    if (between > 0 && reached + between >= target) {
      return distance + partOf(falling, rising, target - reached);
    }
    reached += between;
  }
  return counts.length;
}

/** The part of the way, 0 to 1, after which `falling·(x − x²/2) + rising·x²/2` is reached. */
function partOf(falling: number, rising: number, missing: number): number {
  const curve = (rising - falling) / 2;
  // The root of curve·x² + falling·x − missing in the form that keeps its digits where the curve is nearly straight.
  const root = Math.sqrt(Math.max(0, falling * falling + 4 * curve * missing));
  const denominator = falling + root;
  return denominator === 0 ? 0 : Math.min(1, (2 * missing) / denominator);
}
