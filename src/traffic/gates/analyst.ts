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
  type Check,
  type Look,
  type Verdict,
} from '../analysis/index.ts';
import { rulingOf, type Ruling } from './ruling.ts';

/** What the traffic does at one look. Times are AWS's, in milliseconds since the epoch. */
export interface TrafficSight {
  readonly time: number;
  readonly startedAt: number;
  /** Percent of the production traffic that is on green. */
  readonly share: number;
  /** Percent that ECS means to have there. */
  readonly requested: number;
  readonly split: SplitTimes;
  readonly hasBlue: boolean;
  /** ARNs. */
  readonly sides: { readonly productionRule: string; readonly blue: string; readonly green: string };
}

/** When the present split began, as far as AWS tells. In milliseconds since the epoch. */
export interface SplitTimes {
  /** It did not begin before. */
  readonly earliest: number;
  /** Known while ECS pauses with this split; `undefined` while it does not. */
  readonly pause:
    | {
        /** Since when. */
        readonly at: number;
        /** The split did not begin later. */
        readonly latest: number;
        /** Whether the split was looked at before the pause as well. */
        readonly wasLookedAt: boolean;
      }
    | undefined;
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

/** The business metrics are told apart by version: without blue's there is nothing to hold green's against. */
const notCompared: Check = {
  name: 'business',
  outcome: 'pass',
  what: 'the business metrics are not compared, as the old version’s task definition has no SLUICE_VERSION',
};

/** What was before the deployment, to hold it against. */
const historyMs = 60 * 60_000;
/** CloudWatch has a value a minute: to look more often shows nothing new. */
const minuteMs = 60_000;

/**
 * Holds green against blue while both have traffic, and against the service level when it has all of it. A look that
 * cannot be had (CloudWatch throttles, or is down) is no verdict: nothing is promoted on what nobody has seen.
 *
 * Which minutes are of the present split ECS tells while it pauses, and so whoever answers a gate judges the same
 * minutes, however often it was killed before. Between pauses only the one who has seen the change knows it: started
 * again half way it takes what it finds for new, and so throws minutes away rather than judging what may be of another
 * split. Its looks are counted on all the same.
 */
export function createAnalyst(options: AnalystOptions): Analyst {
  const { environment } = options;
  const looks: AnalysisLook[] = [];
  let split: SeenSplit | undefined;
  let last: { readonly minute: number; readonly since: number; readonly ruling: Ruling } | undefined;

  const look = async (sight: TrafficSight, since: number): Promise<Ruling> => {
    try {
      return withoutBlue(sight, rulingOf(await verdictOf(options, sight, since)));
    } catch (error: unknown) {
      options.signal.throwIfAborted();
      if (classify(error) === 'denied') throw error;
      return { outcome: 'inconclusive', why: `the metrics cannot be read: ${errorMessage(error)}` };
    }
  };

  return {
    looks,
    analyse: async (sight) => {
      split = seen(split, sight);
      if (sight.share === 0) return withoutTraffic(sight);
      const minute = Math.floor(sight.time / minuteMs);
      const { since } = split;
      if (last?.minute !== minute || last.since !== since) {
        last = { minute, since, ruling: await look(sight, since) };
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

/** A split since a moment at which it was there for certain. */
interface SeenSplit {
  readonly share: number;
  readonly since: number;
  /** When this process saw it come; `undefined` where it found it. */
  readonly cameAt: number | undefined;
}

/** What is known of the split after one more look. */
function seen(before: SeenSplit | undefined, { share, time, split: { pause } }: TrafficSight): SeenSplit {
  const now: SeenSplit =
    before?.share === share
      ? before
      : { share, since: time, cameAt: before === undefined ? undefined : time };
  // Weights that change while ECS pauses are not ECS's: what it says of its own change tells nothing of theirs.
  const isOfEcs = pause !== undefined && (now.cameAt === undefined || now.cameAt <= pause.at);
  return isOfEcs ? { ...now, since: pause.latest } : now;
}

/** No traffic on green is nothing to analyse only as long as ECS has not sent any there either. */
function withoutTraffic({ requested }: TrafficSight): Ruling {
  return requested === 0
    ? { outcome: 'pass', why: 'green has no traffic yet: there is nothing to analyse' }
    : {
        outcome: 'inconclusive',
        why: `green has no traffic, where ECS has put ${requested} % on it: nothing can be seen of it`,
      };
}

async function verdictOf(
  { aws, environment, versions, signal }: AnalystOptions,
  { time, startedAt, share, sides, hasBlue, split }: TrafficSight,
  since: number,
): Promise<Verdict> {
  const range = { from: new Date(startedAt - historyMs), to: new Date(time), signal };
  const samples = await measure(aws, {
    ...range,
    loadBalancer: sides.productionRule,
    blue: sides.blue,
    green: sides.green,
  });
  const policy = policyOf(environment);
  const look: Look = {
    now: time,
    weightChanges: [startedAt, since],
    countedFrom: split.earliest,
    // In the minute in which a pause begins there may be a look before it and one after it.
    extraLooks: split.pause?.wasLookedAt === true ? 1 : 0,
  };
  if (share < 100) return compare(samples, policy, look);
  const service = absolute(samples, policy, sloOf(environment), look);
  const wantsBusiness = environment.deploy.gates?.afterTraffic.includes('business') === true;
  if (!wantsBusiness || !hasBlue) return service;
  if (versions.blue === undefined) return combine([...service.checks, notCompared]);
  const business = await measureBusiness(aws, {
    ...range,
    metrics: environment.business,
    versions: { blue: versions.blue, green: versions.green },
    traffic: samples,
  });
  return combine([...service.checks, ...compareBusiness(business, policy, look).checks]);
}
