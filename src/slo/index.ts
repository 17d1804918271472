/** Service levels, and how fast their error budget is used up. */
export { burnAlerts, burnOf, type Minute } from './burn-rate.ts';
export { sloOf, type LatencyTarget, type Slo } from './slo.ts';
