/** What users see: probes of the front door. */
export {
  addAnswer,
  noStreak,
  probe,
  prove,
  type Answer,
  type Fetch,
  type ProbeTarget,
  type ProveOptions,
  type Streak,
} from './probe.ts';
