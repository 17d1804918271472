/** What has to hold before anything is touched: read everything, then decide. */
export { objections, type Objection } from './checks.ts';
export { gather, secretArns, type Gathered, type Read } from './gather.ts';
