import { deploying, type Deploying } from '../test/deploying/deploying.ts';
import { median, type Measured } from './statistics.ts';

const accounts = 3;
const updatesAnAccount = 3;
const lookEveryMs = 5;

/** Deployments against the local AWS: the calls that one makes, and how long it goes on after ECS has succeeded. */
export async function measure(): Promise<Measured> {
  const first: Deployment[] = [];
  const further: Deployment[] = [];
  for (let account = 0; account < accounts; account += 1) {
    const here = await deploying();
    try {
      first.push(await deployOnce(here, '1.0.0'));
      for (let update = 1; update <= updatesAnAccount; update += 1)
        further.push(await deployOnce(here, `1.0.${update}`));
    } finally {
      await here.end();
    }
  }
  const callsOf = (deployments: readonly Deployment[]): number[] =>
    deployments.map(({ operations }) => operations.length);
  return {
    figures: [
      { what: 'AWS calls, first deployment of a service', unit: 'calls', values: callsOf(first) },
      { what: 'AWS calls, further deployment', unit: 'calls', values: callsOf(further) },
      {
        what: 'ECS has `SUCCESSFUL` to the action’s exit',
        unit: 's',
        values: [...first, ...further].map(({ afterSuccessMs }) => afterSuccessMs / 1000),
        target: { atMost: 1 },
      },
    ],
    notes: [
      'The action runs from its source, in a process of its own, against the local AWS with its waits passing 20 times as fast. The longer a deployment takes, the more `DescribeServiceDeployments` there are; all other calls are the same.',
      'What is counted after `SUCCESSFUL` is real time: until the action asks again, three answers of the new version over HTTP, the summary, the exit.',
      `A first deployment: ${tally(typical(first))}.`,
      `A further one: ${tally(typical(further))}.`,
    ],
  };
}

interface Deployment {
  readonly operations: readonly string[];
  readonly afterSuccessMs: number;
}

async function deployOnce(here: Deploying, version: string): Promise<Deployment> {
  const { cloud } = here.trial;
  const finished = (): number =>
    cloud.ecs
      .save()
      .services.flatMap(({ deployments }) => deployments)
      .filter(({ status }) => status === 'SUCCESSFUL').length;
  const before = finished();
  let successAt = NaN;
  // The cloud is in this process, and what it has is looked at without a call.
  const looking = setInterval(() => {
    if (!Number.isNaN(successAt) || finished() === before) return;
    successAt = performance.now();
  }, lookEveryMs);
  cloud.calls.clear();
  const { exitCode, log } = await here.deploy('good', version, {
    keys: { tls: { mode: 'none' }, security: { level: 'relaxed' } },
  });
  const exitAt = performance.now();
  clearInterval(looking);
  if (exitCode !== 0 || Number.isNaN(successAt)) throw new Error(`${version} was not deployed:\n${log}`);
  return {
    operations: cloud.calls.list().map(({ operation }) => operation),
    afterSuccessMs: exitAt - successAt,
  };
}

/** The one with the median number of calls. */
function typical(deployments: readonly Deployment[]): readonly string[] {
  const middle = median(deployments.map(({ operations }) => operations.length));
  return deployments.find(({ operations }) => operations.length === middle)?.operations ?? [];
}

/** `3 DescribeServices, 1 UpdateService`, in the order of their first call. */
function tally(operations: readonly string[]): string {
  const counts = Map.groupBy(operations, (operation) => operation);
  return [...counts].map(([operation, { length }]) => `${length} \`${operation}\``).join(', ');
}
