/** What users see: probes of the front door, and what the load balancer counted. */
export {
  absolute,
  combine,
  compare,
  compareBusiness,
  measure,
  measureBusiness,
  policyOf,
  type AnalysisPolicy,
  type Check,
  type Look,
  type Outcome,
  type Samples,
  type Verdict,
} from './analysis/index.ts';
export { isOwnFault } from './own-fault.ts';
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
export {
  checkBeforeTraffic,
  createAnalyst,
  testUrlOf,
  type AnalysisLook,
  type Analyst,
  type Ruling,
  type SplitTimes,
  type TrafficSight,
} from './gates/index.ts';
