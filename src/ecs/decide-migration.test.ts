import type { Task } from '@aws-sdk/client-ecs';
import { migrationEnd, nextMigration } from './decide-migration.ts';

const revision = 'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-development:2';
const task = (id: string, changes: Partial<Task> = {}): Task => ({
  taskArn: id,
  taskDefinitionArn: revision,
  startedBy: 'sluice/migrate',
  lastStatus: 'STOPPED',
  createdAt: new Date(1_000),
  containers: [{ name: 'shop', exitCode: 0 }],
  ...changes,
});
const failed = (id: string, changes: Partial<Task> = {}): Task =>
  task(id, { containers: [{ name: 'shop', exitCode: 3 }], ...changes });

describe('what is to be done about the database', () => {
  const next = (...tasks: Task[]) => nextMigration(tasks, revision, 'shop');

  it('is to migrate it, where nobody has', () => {
    expect(next()).toEqual({ kind: 'start', after: '' });
  });

  it.each([
    ['of another revision', { taskDefinitionArn: revision.replace(':2', ':1') }],
    ['of the service', { startedBy: 'ecs-svc/1' }],
  ])('does not take a task %s for the migration', (_what, changes) => {
    expect(next(task('a', changes))).toEqual({ kind: 'start', after: '' });
  });

  it('is to follow one that runs, also beside one that succeeded', () => {
    const running = task('a', { lastStatus: 'PENDING' });
    expect(next(task('b', { createdAt: new Date(2_000) }), running)).toEqual({
      kind: 'follow',
      task: running,
    });
  });

  it('is nothing, where one succeeded, also before one that failed', () => {
    const good = task('a');
    expect(next(failed('b', { createdAt: new Date(2_000) }), good)).toEqual({ kind: 'done', task: good });
  });

  it('is another one after the last that failed', () => {
    expect(next(failed('a'), failed('c', { createdAt: new Date(3_000) }), failed('b'))).toEqual({
      kind: 'start',
      after: 'c',
    });
  });
});

describe('how a migration has ended', () => {
  it.each([
    ['an exit code', failed('a'), 'it ended with exit code 3', 'release'],
    [
      'an image that cannot be pulled',
      task('a', {
        containers: [{ name: 'shop', reason: 'CannotPullContainerError' }],
        stoppedReason: 'Task failed to start',
      }),
      'it did not start (Task failed to start; CannotPullContainerError)',
      'circumstances',
    ],
    [
      'somebody who stops it',
      failed('a', { stopCode: 'UserInitiated', stoppedReason: 'by hand' }),
      'it was stopped (by hand)',
      'circumstances',
    ],
  ])('is a failure by %s', (_what, of, why, blame) => {
    expect(migrationEnd(of, 'shop')).toMatchObject({ state: 'failed', why, blame });
  });

  it('is that of the service’s own container', () => {
    const containers = [
      { name: 'proxy', exitCode: 137 },
      { name: 'shop', exitCode: 0 },
    ];
    expect(migrationEnd(task('a', { containers }), 'shop').state).toBe('succeeded');
  });

  it('is not known before the task has stopped', () => {
    expect(migrationEnd(task('a', { lastStatus: 'DEPROVISIONING' }), 'shop').state).toBe('running');
  });
});
