import { deploying, type Deploying } from '../deploying/deploying.ts';

/** What happens at the k-th AWS call of a deployment. */
const happenings = ['killed before', 'killed after', 'answer lost', 'throttled', 'server error'] as const;
type Happening = (typeof happenings)[number];

/** More calls than a deployment makes; the loop ends when one was not reached. */
const mostCalls = 80;

describe('a deployment that is disturbed at each of its AWS calls, and started again', () => {
  it.each(happenings)(
    '%s: converges on one task definition and one service deployment',
    async (happening) => {
      const here = await deploying();
      try {
        await here.deploy('good', '0.0.0');
        let reached = 0;
        for (let k = 1; k <= mostCalls; k += 1) {
          if (!(await disturb(here, happening, k))) break;
          reached = k;
        }
        // A matrix that disturbed nothing would prove nothing.
        expect(reached).toBeGreaterThan(15);
      } finally {
        await here.end();
      }
    },
    900_000,
  );
});

/** Deploys with a disturbance at call `k`, then once more undisturbed. @returns whether call `k` was reached */
async function disturb(here: Deploying, happening: Happening, k: number): Promise<boolean> {
  const version = `1.0.${k}`;
  const before = await here.state();
  const { cloud } = here.trial;
  let count = 0;
  let struck = false;
  let kill: (signal: NodeJS.Signals) => void = () => undefined;

  const stop = cloud.calls.listen((phase) => {
    if (phase === 'before') count += 1;
    if (struck || count !== k) return;
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
  const effect = {
    'answer lost': { kind: 'lose-answer' },
    throttled: { kind: 'throttle' },
    'server error': { kind: 'fail', error: 'ServerException', statusCode: 500 },
    'killed before': undefined,
    'killed after': undefined,
  } as const;
  const fault = effect[happening];
  if (fault !== undefined)
    cloud.faults.add({ service: '*', operation: '*', effect: fault, skip: k - 1, times: 1 });

  await here.deploy('good', version, { onStart: (killIt) => (kill = killIt) });
  stop();
  if (fault !== undefined) struck = cloud.faults.list().some((active) => active.struck > 0);
  cloud.faults.clear();

  const again = await here.deploy('good', version);
  const after = await here.state();
  const what = `${happening}, call ${k} (${again.log.split('\n').slice(-4).join(' | ')})`;
  expect([what, again.exitCode, again.outputs.state]).toEqual([what, 0, 'deployed']);
  expect([what, after.taskDefinitions]).toEqual([what, before.taskDefinitions + 1]);
  expect([what, after.deployments.length]).toEqual([what, before.deployments.length + 1]);
  expect([what, after.deployments[0]]).toEqual([what, 'SUCCESSFUL']);
  expect([what, await here.answers()]).toEqual([what, version]);
  return struck;
}
