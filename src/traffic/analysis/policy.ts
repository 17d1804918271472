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

/** How often green is held against blue: at each step but the last, after which there is no blue to compare with. */
function analysesOf({ strategy, steps }: ResolvedEnvironment['deploy']): number {
  switch (strategy) {
    case 'rolling':
    case 'blue-green':
    case 'canary':
      return 1;
    case 'linear':
      return Math.max(1, Math.ceil(100 / (steps?.percent ?? 10)) - 1);
  }
}
