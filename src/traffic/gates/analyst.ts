import { classify, type Aws } from '../../aws/index.ts';
import type { ResolvedEnvironment } from '../../config/index.ts';
import { errorMessage } from '../../github/index.ts';
import { sloOf } from '../../slo/index.ts';
import {
  absolute,
  combine,
  compare,
  compareBusiness,
  measure,
  measureBusiness,
  policyOf,
  type Verdict,
} from '../analysis/index.ts';
import { rulingOf, type Ruling } from './ruling.ts';

/** What the traffic does at one look. Times are AWS's, in milliseconds since the epoch. */
export interface TrafficSight {
  readonly time: number;
  readonly startedAt: number;
  /** Percent of the production traffic that is on green. */
  readonly share: number;
  readonly hasBlue: boolean;
  /** ARNs. */
  readonly sides: { readonly productionRule: string; readonly blue: string; readonly green: string };
}

/** One analysis, for the summary. */
export interface AnalysisLook extends Ruling {
  readonly time: number;
  readonly share: number;
}

export interface Analyst {
  analyse(sight: TrafficSight): Promise<Ruling>;
  readonly looks: readonly AnalysisLook[];
}

export interface AnalystOptions {
  readonly aws: Aws;
  readonly environment: ResolvedEnvironment;
  /** `undefined` for blue where there is none, or it does not tell. */
  readonly versions: { readonly blue: string | undefined; readonly green: string };
  readonly signal: AbortSignal;
}

/** What was before the deployment, to hold it against. */
const historyMs = 60 * 60_000;
/** CloudWatch has a value a minute: to look more often shows nothing new. */
const minuteMs = 60_000;

/**
 * Holds green against blue while both have traffic, and against the service level when it has all of it. A look that
 * cannot be had (CloudWatch throttles, or is down) is no verdict: nothing is promoted on what nobody has seen.
 *
 * The weights' changes are those that it has seen itself; started again half way it takes what it finds for new, and
 * so throws minutes away rather than judging what may be of another split.
 */
export function createAnalyst(options: AnalystOptions): Analyst {
  const { environment } = options;
  const looks: AnalysisLook[] = [];
  const changes: number[] = [];
  let share: number | undefined;
  let last: { readonly minute: number; readonly ruling: Ruling } | undefined;

  const look = async (sight: TrafficSight): Promise<Ruling> => {
    try {
      return withoutBlue(sight, rulingOf(await verdictOf(options, sight, changes)));
    } catch (error: unknown) {
      options.signal.throwIfAborted();
      if (classify(error) === 'denied') throw error;
      return { outcome: 'inconclusive', why: `the metrics cannot be read: ${errorMessage(error)}` };
    }
  };

  return {
    looks,
    analyse: async (sight) => {
      if (changes.length === 0) changes.push(sight.startedAt);
      if (share !== sight.share) {
        if (sight.share > 0 || share !== undefined) changes.push(sight.time);
        share = sight.share;
        last = undefined;
      }
      if (sight.share === 0)
        return { outcome: 'pass', why: 'green has no traffic yet: there is nothing to analyse' };
      const minute = Math.floor(sight.time / minuteMs);
      if (last?.minute !== minute) {
        last = { minute, ruling: await look(sight) };
        looks.push({ ...last.ruling, time: sight.time, share: sight.share });
      }
      return last.ruling;
    },
  };

  /** The first deployment of a service has no users to protect, and nothing to go back to. */
  function withoutBlue(sight: TrafficSight, ruling: Ruling): Ruling {
    return sight.hasBlue || ruling.outcome !== 'inconclusive'
      ? ruling
      : {
          outcome: 'pass',
          why: `the first deployment of ${environment.serviceName}: nothing to compare with`,
        };
  }
}

async function verdictOf(
  { aws, environment, versions, signal }: AnalystOptions,
  { time, startedAt, share, sides, hasBlue }: TrafficSight,
  weightChanges: readonly number[],
): Promise<Verdict> {
  const range = { from: new Date(startedAt - historyMs), to: new Date(time), signal };
  const samples = await measure(aws, {
    ...range,
    loadBalancer: sides.productionRule,
    blue: sides.blue,
    green: sides.green,
  });
  const policy = policyOf(environment);
  const look = { now: time, weightChanges };
  if (share < 100) return compare(samples, policy, look);
  const service = absolute(samples, policy, sloOf(environment), look);
  const wantsBusiness = environment.deploy.gates?.afterTraffic.includes('business') === true;
  if (!wantsBusiness || !hasBlue || versions.blue === undefined) return service;
  const business = await measureBusiness(aws, {
    ...range,
    metrics: environment.business,
    versions: { blue: versions.blue, green: versions.green },
    traffic: samples,
  });
  return combine([...service.checks, ...compareBusiness(business, policy, look).checks]);
}
