import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gitEnvironment } from './hub/git/repository.ts';
import type { Run } from './hub/model.ts';
import { journeyOf, type Leg } from './journey.ts';
import { fullRef, type Options } from './options.ts';
import type { Rehearsal } from './rehearsal.ts';
import { liveDeployments } from './summary.ts';

const run = promisify(execFile);

/** Pushes HEAD to where the options say, one ref after the other, until a run fails. */
export async function travel(
  rehearsal: Rehearsal,
  options: Options,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<{ runs: Run[]; isComplete: boolean }> {
  const runs: Run[] = [];
  for (const { ref, note } of await legsOf(rehearsal, options, say)) {
    if (note !== undefined) say(`\n${note}`);
    const started = await pushAndFollow(rehearsal, ref, signal);
    runs.push(...started);
    if (started.length === 0) {
      say(`No workflow was started: none in .github/workflows is for a push to ${ref}.`);
    }
    const isGood = started.length > 0 && started.every(({ conclusion }) => conclusion === 'success');
    if (!isGood) return { runs, isComplete: false };
  }
  return { runs, isComplete: true };
}

async function legsOf(
  { config, hub, repository, gitDirectory }: Rehearsal,
  options: Options,
  say: (line: string) => void,
): Promise<readonly Pick<Leg, 'ref' | 'note'>[]> {
  if (!options.journey) return options.ref === undefined ? [] : [{ ref: fullRef(options.ref) }];
  const tags = await Promise.all(
    [repository, gitDirectory].map(async (folder) => {
      const { stdout } = await run('git', ['-C', folder, 'tag', '--list'], { env: gitEnvironment() });
      return stdout.split('\n');
    }),
  );
  const live = liveDeployments(hub.deployments.values());
  const { legs, notes } = journeyOf(config, tags.flat(), (environment) => live.has(environment));
  notes.forEach(say);
  return legs;
}

/** Pushes HEAD as a ref, and waits for the runs that this starts. */
async function pushAndFollow(rehearsal: Rehearsal, ref: string, signal: AbortSignal): Promise<Run[]> {
  const { repository, remote, engine, hub, actor, missed } = rehearsal;
  const env = gitEnvironment();
  const head = (await run('git', ['-C', repository, 'rev-parse', 'HEAD'], { env })).stdout.trim();
  const { stdout: changes } = await run(
    'git',
    ['-C', repository, 'status', '--porcelain', '--untracked-files=no'],
    { env },
  );
  if (changes !== '')
    console.log('There are uncommitted changes: what is deployed is the last commit, without them.');
  const known = new Set(hub.runs.keys());
  console.log(`git push ${remote} HEAD:${ref}`);
  // `--push-option`s of ours would need the server's leave; the environment tells the hook not to hold the push.
  await run('git', ['-C', repository, 'push', '--quiet', '--force', remote, `HEAD:${ref}`], {
    env: { ...env, SLUICE_FOLLOW: '0' },
  });
  let runs = [...hub.runs.values()].filter(({ id }) => !known.has(id));
  // Pushed by hand before this start, and started by it.
  if (runs.length === 0) runs = missed.filter((started) => started.ref === ref && started.sha === head);
  if (runs.length === 0) {
    // The ref was there already, from an earlier rehearsal: nothing was pushed, so nothing was started.
    runs = await engine.push({ ref, before: '0'.repeat(40), after: head, actor });
  }
  const finished = await Promise.all(runs.map((started) => engine.whenFinished(started.id, signal)));
  // A workflow whose conditions leave out every job has nothing to tell: the pack's own CI, in a rehearsal.
  return finished.filter(({ conclusion }) => conclusion !== 'skipped');
}
