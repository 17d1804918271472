/** What has to hold at the gates of a deployment: before users, at each step, with all traffic. */
export {
  createAnalyst,
  type AnalysisLook,
  type Analyst,
  type AnalystOptions,
  type SplitTimes,
  type TrafficSight,
} from './analyst.ts';
export { checkBeforeTraffic, type BeforeTrafficOptions } from './before-traffic.ts';
export { rulingOf, worseOf, type Ruling } from './ruling.ts';
export { listenerOf, testUrlOf } from './test-listener.ts';
