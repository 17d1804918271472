import { reportFailure, runner } from '../src/github/index.ts';

/** The actions of the pack, each in a chunk of its own: one that runs does not load the others. */
const actions: Readonly<Record<string, () => Promise<{ readonly run: () => Promise<void> }>>> = {
  'build-image': () => import('./build-image/main.ts'),
  deploy: () => import('./deploy/main.ts'),
  'health-check': () => import('./health-check/main.ts'),
  'integration-test': () => import('./integration-test/main.ts'),
  monitor: () => import('./monitor/main.ts'),
  'performance-test': () => import('./performance-test/main.ts'),
  plan: () => import('./plan/main.ts'),
  preview: () => import('./preview/main.ts'),
  promote: () => import('./promote/main.ts'),
  'record-verdict': () => import('./record-verdict/main.ts'),
  report: () => import('./report/main.ts'),
  rollback: () => import('./rollback/main.ts'),
  'security-scan': () => import('./security-scan/main.ts'),
  'shift-traffic': () => import('./shift-traffic/main.ts'),
  test: () => import('./test/main.ts'),
  uat: () => import('./uat/main.ts'),
};

/** Runs an action by its folder's name. A failure is reported once, here. */
export async function start(name: string): Promise<void> {
  const load = actions[name];
  if (load === undefined) {
    throw new RangeError(`There is no action "${name}"; there are ${Object.keys(actions).join(', ')}.`);
  }
  try {
    const { run } = await load();
    await run();
  } catch (error) {
    await reportFailure(runner, name, error);
  }
}

/** The command line, in the same bundle: what reads sluice.yml is there once. */
export async function cli(argv: readonly string[], version: string): Promise<void> {
  const { sluice } = await import('../src/cli.ts');
  process.exitCode = await sluice(argv, version);
}
