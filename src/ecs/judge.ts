import type { Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import type { Runner } from '../github/index.ts';
import { checkBeforeTraffic, createAnalyst, testUrlOf, type Analyst, type Ruling } from '../traffic/index.ts';
import { describeDeployment, describeRevisions, type Sight } from './observe.ts';
import { shiftStepsOf } from './service-input.ts';
import { splitTimesOf } from './split-times.ts';
import { gateAt, hasReached, type GateName } from './stages.ts';
import type { Release } from './task-definition/build.ts';
import { findTaskDefinition } from './task-definition/registered.ts';

export interface JudgeOptions {
  readonly aws: Aws;
  readonly environment: ResolvedEnvironment;
  readonly release: Release;
  readonly runner: Runner;
  readonly workspace: string;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** The gates that are judged. */
  readonly answers: readonly GateName[];
  readonly deployment: string;
}

export interface Judge {
  readonly judge: (sight: Sight) => Promise<Ruling | undefined>;
  readonly looks: () => Analyst['looks'];
}

/**
 * Says at each look what is to be thought of green: on the test listener before users, beside blue at each step, alone
 * after the switch. Between gates it looks as well, so that a version that fails is taken back before its step is over.
 */
export function createJudge(options: JudgeOptions): Judge {
  const { answers, environment } = options;
  const { gates } = environment.deploy;
  let analyst: Promise<Analyst> | undefined;
  let looks: Analyst['looks'] = [];
  let beforeTraffic: { readonly hookId: string; readonly ruling: Promise<Ruling> } | undefined;

  const analyse = async (sight: Sight): Promise<Ruling | undefined> => {
    const { shift, sides } = sight;
    if (shift?.live === undefined || sides === undefined) return undefined;
    analyst ??= open(options);
    const opened = await analyst;
    looks = opened.looks;
    return opened.analyse({
      time: shift.time,
      startedAt: shift.startedAt,
      share: shift.live.green,
      requested: shift.requested,
      split: splitTimesOf(shift, shiftStepsOf(environment)),
      hasBlue: shift.hasBlue,
      sides,
    });
  };

  return {
    looks: () => looks,
    judge: async (sight) => {
      const { shift } = sight;
      if (shift === undefined) return undefined;
      const gate = shift.gate === undefined ? undefined : gateAt(shift.stage);
      if (shift.gate !== undefined && gate === 'beforeTraffic') {
        if (!answers.includes(gate)) return undefined;
        if (beforeTraffic?.hookId !== shift.gate.hookId) {
          beforeTraffic = { hookId: shift.gate.hookId, ruling: atTestListener(options) };
        }
        return beforeTraffic.ruling;
      }
      const isShifting = hasReached(shift.stage, 'PRE_PRODUCTION_TRAFFIC_SHIFT');
      const isSwitched = hasReached(shift.stage, 'POST_PRODUCTION_TRAFFIC_SHIFT');
      const wanted: GateName = isSwitched ? 'afterTraffic' : 'eachStep';
      // All traffic on green, and the stage not over yet: there is no blue to compare with, and the last gate is to come.
      if (!isSwitched && shift.hasBlue && shift.live?.green === 100) return undefined;
      return isShifting && answers.includes(wanted) && (gates?.[wanted].length ?? 0) > 0
        ? analyse(sight)
        : undefined;
    },
  };
}

async function atTestListener(options: JudgeOptions): Promise<Ruling> {
  const { aws, environment, release } = options;
  const url = await testUrlOf(aws, environment);
  return checkBeforeTraffic({ ...options, version: release.version, url });
}

async function open(options: JudgeOptions): Promise<Analyst> {
  const { environment, release } = options;
  const wantsBusiness = environment.deploy.gates?.afterTraffic.includes('business') === true;
  const blue = wantsBusiness ? await versionBefore(options) : undefined;
  return createAnalyst({ ...options, versions: { blue, green: release.version } });
}

/** The version of the old side, as its task definition tells it to the service. */
async function versionBefore({ aws, deployment }: JudgeOptions): Promise<string | undefined> {
  const source = (await describeDeployment(aws, deployment))?.sourceServiceRevisions?.[0]?.arn;
  if (source === undefined) return undefined;
  const arn = (await describeRevisions(aws, [source])).get(source)?.taskDefinition;
  const definition = arn === undefined ? undefined : await findTaskDefinition(aws, arn);
  return definition?.containerDefinitions
    ?.flatMap(({ environment = [] }) => environment)
    .find(({ name }) => name === 'SLUICE_VERSION')?.value;
}
