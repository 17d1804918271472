import { deploying } from '../test/deploying/deploying.ts';
import type { Figure } from './statistics.ts';

const runs = 5;

/** Deployments against the local AWS: how many calls one makes, and how long it goes on after ECS has succeeded. */
export async function deploy(): Promise<Figure[]> {
  const here = await deploying();
  try {
    let calls = 0;
    let succeededAt = 0;
    here.trial.cloud.calls.listen((phase) => {
      if (phase === 'before') calls += 1;
    });
    const first = await here.deploy('good', '0.0.0');
    if (first.exitCode !== 0) throw new Error(first.log);
    const firstCalls = calls;
    const updates: number[] = [];
    const after: number[] = [];
    for (let run = 1; run <= runs; run += 1) {
      calls = 0;
      succeededAt = 0;
      const watch = setInterval(() => {
        const [service] = here.trial.cloud.ecs.save().services;
        const [newest] = service?.deployments ?? [];
        if (
          succeededAt === 0 &&
          newest?.status === 'SUCCESSFUL' &&
          (service?.deployments.length ?? 0) > run
        ) {
          succeededAt = performance.now();
        }
      }, 5);
      const { exitCode, log } = await here.deploy('good', `1.0.${run}`);
      clearInterval(watch);
      if (exitCode !== 0) throw new Error(log);
      updates.push(calls);
      after.push((performance.now() - succeededAt) / 1000);
    }
    return [
      { what: 'AWS calls of a first deployment', unit: 'calls', values: [firstCalls] },
      { what: 'AWS calls of a further deployment', unit: 'calls', values: updates },
      { what: 'from ECS reporting success to the end of the process', unit: 's', values: after, target: 1 },
    ];
  } finally {
    await here.end();
  }
}
