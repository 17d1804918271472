/**
 * The normal distribution, in plain code: the packages that have it bring dozens of others, for two functions whose
 * values are in every table. Tested against SciPy.
 */

const sqrtTwoPi = Math.sqrt(2 * Math.PI);

/** Above this the series loses digits, and the continued fraction is quick. */
const seriesEnds = 3;

/** Six are usual. */
const mostSteps = 50;

/**
 * How likely a standard normal value is above `z`: small tails keep their digits, which 1 − Φ(z) would lose.
 *
 * Source: Abramowitz & Stegun, 26.2.11 (series) and 26.2.14 (continued fraction).
 */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  return z <= seriesEnds ? 0.5 - bodyBySeries(z) : tailByFraction(z);
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / sqrtTwoPi;
}

/** Φ(z) − ½. */
function bodyBySeries(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; Math.abs(term) > Number.EPSILON * sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return density(z) * sum;
}

function tailByFraction(z: number): number {
  let fraction = z;
  for (let numerator = 100; numerator >= 1; numerator -= 1) fraction = z + numerator / fraction;
  return density(z) / fraction;
}

/**
 * The value that a standard normal one is above with this probability: 1.645 for 0.05.
 *
 * @param probability between 0 and 1, both excluded
 * @throws RangeError where it is not
 */
export function upperQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`A quantile needs a probability between 0 and 1, not ${probability}.`);
  }
  if (probability > 0.5) return -upperQuantile(1 - probability);
  // Newton's method on the logarithm of the tail, which is concave: from above the root it comes down to it and never
  // passes it. The tail is below exp(-z²/2), so that this start is above.
  const wanted = Math.log(probability);
  let z = Math.sqrt(-2 * wanted);
  for (let step = 0; step < mostSteps; step += 1) {
    const tail = upperTail(z);
    const missing = (Math.log(tail) - wanted) * (tail / density(z));
    z += missing;
    if (Math.abs(missing) < 1e-14 * Math.abs(z)) break;
  }
  return z;
}
