/** What has to hold before anything is touched: read everything, then decide. */
export { objections } from './checks/index.ts';
export { keysNotKnown } from './checks/roles.ts';
export type { Direction, Gathered, Objection, Read } from './facts.ts';
export { gather, secretArns } from './gather.ts';
