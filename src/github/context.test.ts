import { Failure } from './failure.ts';
import { readContext } from './context.ts';
import { readEvent } from './event.ts';

const environment = {
  GITHUB_REPOSITORY: 'octo/chat.bot',
  GITHUB_SHA: '0123456789'.repeat(4),
  GITHUB_REF: 'refs/heads/develop',
  GITHUB_RUN_ID: '42',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_SERVER_URL: 'http://127.0.0.1:4480',
};

describe('the run that an action is a step of', () => {
  it('is read from the runner’s variables', () => {
    expect(readContext(environment)).toMatchObject({
      owner: 'octo',
      repository: 'chat.bot',
      runId: 42,
      runAttempt: 2,
      runUrl: 'http://127.0.0.1:4480/octo/chat.bot/actions/runs/42',
      apiUrl: 'https://api.github.com',
    });
  });

  it('is refused with everything that is wrong', () => {
    const read = () => readContext({ ...environment, GITHUB_SHA: 'main', GITHUB_REPOSITORY: '' });
    expect(read).toThrow(Failure);
    expect(read).toThrow(
      expect.objectContaining({ why: 'GITHUB_REPOSITORY is not set; GITHUB_SHA is "main"' }) as Error,
    );
  });

  it.each([
    ['push', 'refs/heads/develop', { kind: 'branch', branch: 'develop', by: 'push' }],
    ['workflow_dispatch', 'refs/heads/a/b', { kind: 'branch', branch: 'a/b', by: 'dispatch' }],
    ['push', 'refs/tags/v1.2.3', { kind: 'tag', tag: 'v1.2.3', by: 'push' }],
    ['pull_request', 'refs/pull/7/merge', { kind: 'pull-request' }],
  ])('%s of %s', (eventName, ref, event) => {
    expect(readEvent({ eventName, ref })).toEqual({ ...event, ref });
  });

  it('knows no other refs', () => {
    expect(readEvent({ eventName: 'push', ref: 'refs/notes/x' })).toBeUndefined();
  });
});
