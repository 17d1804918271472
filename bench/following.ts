import { readFileSync } from 'node:fs';
import { scaledClock } from '../rehearsal/cloud/index.ts';
import { shifting, type Shifting } from '../test/deploying/shifting.ts';
import type { Measured } from './statistics.ts';

const followedMinutes = 3;
const minuteMs = 60_000;
const lookEveryMs = 500;
const perSecond = 20;

/** What it costs to follow a deployment in its bake, in real time: calls of AWS, and memory of the process. */
export async function measure(): Promise<Measured> {
  const here = await shifting({
    deploy: {
      strategy: 'blue-green',
      bake: '10m',
      gates: { beforeTraffic: ['health'], afterTraffic: ['analysis'] },
      gateTimeout: '10m',
      analysis: { minimumRequests: 20 },
    },
    // Not faster than on AWS: the follower's waits are real, and so has to be what it waits for.
    cloud: { clock: scaledClock(1) },
  });
  const stop = here.users(perSecond);
  try {
    for (const step of ['deploy', 'shift-traffic'] as const) {
      const { exitCode, log } = await here.step(step, 'good', '1.0.0');
      if (exitCode !== 0) throw new Error(`${step} did not get as far as the bake:\n${log}`);
    }
    const { calls, residentMb } = await follow(here);
    const inMinute = (minute: number): number =>
      calls.filter(({ afterMs }) => Math.floor(afterMs / minuteMs) === minute).length;
    const tally = [...Map.groupBy(calls, ({ operation }) => operation)]
      .map(([operation, { length }]) => `${length} \`${operation}\``)
      .join(', ');
    return {
      figures: [
        ...Array.from({ length: followedMinutes }, (_, minute) => ({
          what: `AWS calls, minute ${minute + 1} of the bake`,
          unit: 'calls',
          values: [inMinute(minute)],
        })),
        { what: 'the follower: resident', unit: 'MB', values: residentMb },
      ],
      notes: [
        `The action \`monitor\`, from its source, in the bake of a first blue-green deployment with ${perSecond} requests a second, for ${followedMinutes} minutes in which time passes as on AWS. The longer nothing changes the less often it looks: every second in the first minute, every ten seconds from the tenth minute on. Memory is looked at twice a second.`,
        `The calls: ${tally}.`,
      ],
    };
  } finally {
    await stop();
    await here.end();
  }
}

interface Followed {
  readonly calls: readonly { readonly operation: string; readonly afterMs: number }[];
  readonly residentMb: readonly number[];
}

async function follow(here: Shifting): Promise<Followed> {
  const { calls } = here.trial.cloud;
  const before = childrenOf(process.pid);
  const seen: { operation: string; afterMs: number }[] = [];
  let startedAt = NaN;
  const residentMb: number[] = [];
  let follower: number | undefined;
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  let isMeasuring = false;
  const stopListening = calls.listen((phase, { operation }) => {
    if (phase === 'before' && isMeasuring) seen.push({ operation, afterMs: performance.now() - startedAt });
  });
  const looking = setInterval(() => {
    const mb = isMeasuring && follower !== undefined ? residentOf(follower) : undefined;
    if (mb !== undefined) residentMb.push(mb);
  }, lookEveryMs);
  const { log } = await here.step('monitor', 'good', '1.0.0', {
    onStart: (killIt) => {
      kill = killIt;
      follower = childrenOf(process.pid).find((pid) => !before.includes(pid));
    },
    onOutput: (text) => {
      if (isMeasuring || !text.includes('BAKE_TIME')) return;
      isMeasuring = true;
      startedAt = performance.now();
      setTimeout(() => {
        isMeasuring = false;
        kill('SIGKILL');
      }, followedMinutes * minuteMs);
    },
  });
  clearInterval(looking);
  stopListening();
  if (residentMb.length < (followedMinutes * minuteMs) / lookEveryMs / 2)
    throw new Error(`It was not followed:\n${log}`);
  return { calls: seen, residentMb };
}

/** Process ids; none elsewhere than on Linux. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  } catch {
    return [];
  }
}

function residentOf(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}
