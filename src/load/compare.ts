import { shiftOf } from '../traffic/analysis/statistics/shift.ts';

/** A stretch of requests to one of two releases, in milliseconds. */
export interface Block {
  readonly p50: number;
  readonly p95: number;
  readonly requests: number;
  readonly failed: number;
}

export interface Difference {
  readonly name: 'p50' | 'p95';
  /** The median of the previous release's blocks. */
  readonly previousMs: number;
  readonly currentMs: number;
  /** By how much the current one is slower, and between what it most likely lies. */
  readonly estimateMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
  readonly isWorse: boolean;
}

export interface Comparison {
  readonly result: 'worse' | 'not worse' | 'unclear';
  /** Where it is unclear. */
  readonly why: string | undefined;
  readonly blocks: number;
  readonly differences: readonly Difference[];
}

/**
 * One-sided, for each of two percentiles: 0.25 %. Half a percent of comparisons find a release worse that is the same
 * (docs/performance-test.md): an alarm that is often false is not heard when it is true.
 */
const alpha = 0.005;

/** What nobody would notice is no reason to stop a release, however certain it is. */
const leastShare = 0.1;
const leastMs = 1;

const fewestBlocks = 10;

/**
 * Whether the current release is slower than the previous one, from interleaved blocks of both: the Mann-Whitney test
 * over the blocks' percentiles, as the confidence interval of the shift that it implies (Hollander & Wolfe 4.2, 4.3),
 * and a minimum effect of a tenth and of a millisecond.
 *
 * The unit is the block, not the request: requests of one moment share the moment's luck, and thousands of them would
 * be certain of differences that are only those of two moments.
 */
export function compare(current: readonly Block[], previous: readonly Block[]): Comparison {
  const blocks = Math.min(current.length, previous.length);
  const unclear = (why: string): Comparison => ({ result: 'unclear', why, blocks, differences: [] });
  if (blocks < fewestBlocks) return unclear(`only ${blocks} blocks of each release were measured`);
  const failing = [
    ['the previous release', previous],
    ['this release', current],
  ] as const;
  for (const [name, side] of failing) {
    const [requests, failed] = [sum(side, 'requests'), sum(side, 'failed')];
    // A failure is often faster than an answer: what is compared has to be the same work.
    if (failed > requests / 100) return unclear(`${failed} of ${requests} requests to ${name} failed`);
  }
  const differences = (['p50', 'p95'] as const).map((name) => differenceOf(name, current, previous));
  return {
    result: differences.some(({ isWorse }) => isWorse) ? 'worse' : 'not worse',
    why: undefined,
    blocks,
    differences,
  };
}

function differenceOf(
  name: Difference['name'],
  current: readonly Block[],
  previous: readonly Block[],
): Difference {
  const [mine, others] = [current.map((block) => block[name]), previous.map((block) => block[name])];
  const shift = shiftOf(mine, others, alpha);
  const previousMs = median(others);
  return {
    name,
    previousMs,
    currentMs: median(mine),
    estimateMs: shift.estimate,
    leastMs: shift.least,
    mostMs: shift.most,
    isWorse: shift.least > 0 && shift.estimate >= Math.max(leastMs, leastShare * previousMs),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

function sum(blocks: readonly Block[], what: 'requests' | 'failed'): number {
  return blocks.reduce((total, block) => total + block[what], 0);
}
