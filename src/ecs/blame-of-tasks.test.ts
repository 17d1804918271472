import { blameOfTasks } from './blame-of-tasks.ts';
import type { FailedTask } from './forensics.ts';

const task = (stoppedReason: string): FailedTask => ({
  id: '1',
  stopCode: '',
  stoppedReason,
  containers: [],
});
const noKey = task(
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key token',
);
const noImage = task('CannotPullContainerError: pull image manifest has been retried 1 time(s)');
const noProgram = task('CannotStartContainerError: exec: "/app/start": no such file or directory');
const crashed = task('Essential container in task exited');

describe('whose fault it is that tasks do not start', () => {
  it.each<[string, FailedTask[], boolean, 'release' | 'circumstances']>([
    ['a key that the secret does not have', [noKey, noKey], false, 'circumstances'],
    ['an image that cannot be pulled', [noImage], false, 'circumstances'],
    ['the release exits', [crashed], false, 'release'],
    ['the release exits, once it was started', [noKey, crashed], false, 'release'],
    ['the image has no such program', [noProgram], false, 'release'],
    ['tasks have run, and what is left to see did not start', [noKey], true, 'release'],
    ['nothing is left to see', [], false, 'release'],
  ])('%s', (_, tasks, hasRun, blame) => {
    expect(blameOfTasks('release', tasks, hasRun)).toBe(blame);
    expect(blameOfTasks('circumstances', tasks, hasRun)).toBe('circumstances');
  });
});
