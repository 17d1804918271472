/** Whether the new version does as well as the old one, by the traffic of both. */
export { absolute } from './absolute.ts';
export {
  compareBusiness,
  measureBusiness,
  type BusinessMeasured,
  type BusinessMetric,
  type BusinessSamples,
  type BusinessWindow,
} from './business.ts';
export { compare } from './compare.ts';
export { loadBalancerDimension, measure, targetGroupDimension, type Measured } from './measure.ts';
export { policyOf } from './policy.ts';
export { powerOf, sampleNeeded, type Difference, type Plan } from './power.ts';
export {
  windowMs,
  type AnalysisPolicy,
  type LoadBalancerWindow,
  type Look,
  type Samples,
  type SideWindow,
} from './samples.ts';
export { combine, type Check, type Outcome, type Verdict } from './verdict.ts';
