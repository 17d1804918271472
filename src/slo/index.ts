/** Service levels, and how fast their error budget is used up. */
export { sloOf, type LatencyTarget, type Slo } from './slo.ts';
