import { shifting, type Shifting, type ShiftingOptions } from '../test/deploying/shifting.ts';
import type { Measured } from './statistics.ts';

const runs = 2;
const perSecond = 100;
const alarm = 'shop-5xx';

const atOnce = { beforeTraffic: ['health'], afterTraffic: ['analysis'] };
const gates = { ...atOnce, eachStep: ['analysis'] };
const analysis = { minimumRequests: 50 };
const shared = { gateTimeout: '60m', analysis };

const blueGreen = { ...shared, strategy: 'blue-green', bake: '10m', gates: atOnce };

/** How each way of deploying takes a release on which every other request fails. */
const strategies: readonly { readonly name: string; readonly deploy: ShiftingOptions['deploy'] }[] = [
  { name: 'rolling', deploy: { strategy: 'rolling', alarms: [alarm] } },
  { name: 'blue-green', deploy: blueGreen },
  { name: 'blue-green, and an alarm', deploy: { ...blueGreen, alarms: [alarm] } },
  {
    name: 'canary, 10 %',
    deploy: { ...shared, strategy: 'canary', steps: { percent: 10, every: '10m' }, bake: '10m', gates },
  },
  {
    name: 'linear, 10 %',
    deploy: { ...shared, strategy: 'linear', steps: { percent: 10, every: '10m' }, gates },
  },
];

/** What users lose by a release that is healthy on its own word and answers every other request with an error. */
export async function measure(): Promise<Measured> {
  const found: { readonly name: string; readonly harm: readonly Harm[] }[] = [];
  for (const { name, deploy } of strategies) {
    const here = await shifting({ deploy, alarms: [alarm] });
    try {
      await succeed(here, '1.0.0');
      const harm: Harm[] = [];
      for (let run = 1; run <= runs; run += 1) harm.push(await suffer(here, `1.${run}.0`));
      found.push({ name, harm });
    } finally {
      await here.end();
    }
  }
  return {
    figures: [
      ...found.map(({ name, harm }) => ({
        what: `${name}: failed, of all requests while it was there`,
        unit: '%',
        values: harm.map(({ failed, requests }) => (100 * failed) / requests),
      })),
      ...found.map(({ name, harm }) => ({
        what: `${name}: failed requests`,
        unit: 'requests',
        values: harm.map(({ failed }) => failed),
      })),
    ],
    notes: [
      `${perSecond} users a second, from before the release until the old version has all of them again; every other request to the new version fails. A minute of the cloud takes a second, so that a verdict takes as many requests as it would at ${(perSecond / 60).toFixed(1)} users a second in real time, and the starts of tasks and actions weigh more than they do there.`,
      `Rolling has nothing that compares, and ECS is done before an alarm has a minute to look at: what is measured is the best that can be done, the old version deployed again as soon as an alarm on 5xx is in ALARM. The others go back by themselves, by the analysis alone: blue-green after the switch, canary and linear beside the old version. An alarm of \`deploy.alarms\` beside it is quicker where so many requests fail: it asks for no sample, and does not wait for the last node to know of the switch.`,
    ],
  };
}

interface Harm {
  readonly requests: number;
  readonly failed: number;
}

async function succeed(here: Shifting, version: string): Promise<void> {
  const ended = await here.release('good', version);
  const failed = ended.find(({ exitCode }) => exitCode !== 0);
  if (failed !== undefined) throw new Error(`${version} was not deployed:\n${failed.log}`);
}

async function suffer(here: Shifting, version: string): Promise<Harm> {
  const { alarms } = here.trial.cloud.world;
  const isAlarmed = (): boolean => alarms.states([alarm])[0]?.state === 'ALARM';
  const stop = here.users(perSecond);
  const ended = await here.release('failing', version);
  const isThere = ended.every(({ exitCode }) => exitCode === 0);
  if (isThere) {
    await new Promise<void>((resolve) => {
      const stopListening = alarms.onAlarmChange(() => look());
      const look = (): void => {
        if (!isAlarmed()) return;
        stopListening();
        resolve();
      };
      look();
    });
    await succeed(here, '1.0.0');
  }
  const harm = await stop();
  if (harm.failed === 0) throw new Error(`${version} harmed nobody, so that nothing was measured.`);
  await new Promise<void>((resolve) => {
    // The next release is refused while the alarm is in ALARM.
    const look = (): void => {
      if (isAlarmed()) return;
      clearInterval(looking);
      resolve();
    };
    const looking = setInterval(look, 50);
    look();
  });
  return harm;
}
