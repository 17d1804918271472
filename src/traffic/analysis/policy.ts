import type { ResolvedEnvironment } from '../../config/index.ts';
import type { AnalysisPolicy } from './samples.ts';

/** What sluice.yml says of an environment's analysis. */
export function policyOf({ deploy }: Pick<ResolvedEnvironment, 'deploy'>): AnalysisPolicy {
  const { errorMargin, latencyMargin, confidence, minimumRequests } = deploy.analysis;
  return {
    errorMargin: errorMargin / 100,
    latencyMargin: latencyMargin / 100,
    confidence: confidence / 100,
    minimumRequests,
    analyses: analysesOf(deploy),
  };
}

/**
 * How often a good version may fail by chance: beside blue at each step but the last, then alone by the traffic, and
 * once more by the business metrics, where sluice.yml asks for each.
 */
function analysesOf(deploy: ResolvedEnvironment['deploy']): number {
  const { eachStep = [], afterTraffic = [] } = deploy.gates ?? {};
  const beside = eachStep.length > 0 ? comparisonsOf(deploy) : 0;
  const alone = afterTraffic.length > 0 ? 1 : 0;
  const business = afterTraffic.includes('business') ? 1 : 0;
  return Math.max(1, beside + alone + business);
}

/** After the last step there is no blue to compare with. */
function comparisonsOf({ strategy, steps }: ResolvedEnvironment['deploy']): number {
  switch (strategy) {
    case 'rolling':
    case 'blue-green':
      return 0;
    case 'canary':
      return (steps?.percent ?? 0) < 100 ? 1 : 0;
    case 'linear':
      return Math.ceil(100 / (steps?.percent ?? 10)) - 1;
  }
}
