import { migrating, type Migrating } from '../deploying/migrating.ts';

/** What happens at one AWS call of a deployment that migrates. */
const happenings = ['killed before', 'killed after', 'answer lost'] as const;
type Happening = (typeof happenings)[number];

describe('a deployment that is disturbed at each call around its migration, and started again', () => {
  it.each(happenings)(
    '%s: migrates once, and converges on one task definition and one service deployment',
    async (happening) => {
      const bench = await migrating();
      try {
        await bench.deploy('good', '0.0.0', 0);
        const calls: string[] = [];
        const stop = bench.here.trial.cloud.calls.listen((phase, { operation }) => {
          if (phase === 'before') calls.push(operation);
        });
        await bench.deploy('good', '0.0.1', 0);
        stop();
        // What comes before and after has a matrix of its own: deploy-crash-matrix.
        const first = calls.indexOf('RegisterTaskDefinition') + 1;
        const last = calls.indexOf('UpdateService') + 1;
        expect(calls.slice(first, last)).toContain('RunTask');
        for (let k = first; k <= last; k += 1) await disturb(bench, happening, k);
      } finally {
        await bench.end();
      }
    },
    900_000,
  );
});

/** Deploys with a disturbance at call `k`, then once more undisturbed. */
async function disturb({ here, ...bench }: Migrating, happening: Happening, k: number): Promise<void> {
  const version = `1.0.${k}`;
  const before = await here.state();
  const { cloud } = here.trial;
  let count = 0;
  let struck = false;
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  const stop = cloud.calls.listen((phase) => {
    if (phase === 'before') count += 1;
    if (struck || count !== k || happening === 'answer lost') return;
    if (happening === 'killed before' && phase === 'before') {
      struck = true;
      kill('SIGKILL');
      // The request of a process that died before it was sent is not applied.
      throw new Error('The runner was killed before this call.');
    }
    if (happening === 'killed after' && phase === 'after') {
      struck = true;
      kill('SIGKILL');
    }
  });
  if (happening === 'answer lost') {
    const effect = { kind: 'lose-answer' } as const;
    cloud.faults.add({ service: '*', operation: '*', effect, skip: k - 1, times: 1 });
  }
  await bench.deploy('good', version, 0, { onStart: (killIt) => (kill = killIt) });
  stop();
  if (happening === 'answer lost') struck = cloud.faults.list().some((active) => active.struck > 0);
  cloud.faults.clear();

  const again = await bench.deploy('good', version, 0);
  const after = await here.state();
  const what = `${happening}, call ${k} (${again.log.split('\n').slice(-4).join(' | ')})`;
  expect([what, struck, again.exitCode, again.outputs.state]).toEqual([what, true, 0, 'deployed']);
  expect([what, after.taskDefinitions]).toEqual([what, before.taskDefinitions + 1]);
  expect([what, after.deployments.length]).toEqual([what, before.deployments.length + 1]);
  expect([what, bench.runs().filter((one) => one === version).length]).toEqual([what, 1]);
  expect([what, await bench.serves()]).toEqual([what, version]);
}
