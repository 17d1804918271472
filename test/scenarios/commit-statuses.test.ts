import { addRun, serveHub, type ServedHub } from '../../rehearsal/hub/hub.fixture.ts';
import {
  anchorContext,
  readCommitStatuses,
  readWorkflowRun,
  setCommitStatus,
} from '../../src/evidence/index.ts';
import type { GitHubConnection } from '../../src/github/index.ts';

describe('the anchors of verdicts, at a GitHub that is held to its own description', () => {
  let served: ServedHub;
  beforeAll(async () => {
    served = await serveHub();
  });
  afterAll(() => served.stop());

  const as = (permissions: Parameters<ServedHub['token']>[0]): GitHubConnection => ({
    token: served.token(permissions),
    owner: 'rehearsal',
    repository: 'shop',
    apiUrl: `${served.server.url}/api/v3`,
  });

  it('are the newest of each context, in the pipeline’s name, however many there are', async () => {
    const { second: commit } = served.shas;
    const set = (context: string, state: 'success' | 'failure', description: string): Promise<void> =>
      setCommitStatus(as({ statuses: 'write' }), commit, {
        context,
        state,
        description,
        targetUrl: 'http://127.0.0.1/rehearsal/shop/actions/runs/1',
      });
    await set(anchorContext('staging', 'scan'), 'success', 'the first');
    // More than a page of others in between.
    for (let count = 0; count < 120; count++) {
      served.hub.commitStatuses.push({
        id: served.hub.nextId(),
        sha: commit,
        context: 'lint',
        state: 'success',
        description: null,
        targetUrl: null,
        creator: 'github-actions[bot]',
        createdAt: new Date().toISOString(),
      });
    }
    await set(anchorContext('staging', 'uat'), 'success', 'before');
    await set(anchorContext('staging', 'uat'), 'failure', 'after');
    await set(anchorContext('production', 'uat'), 'success', 'elsewhere');

    const read = await readCommitStatuses(as({ statuses: 'read' }), commit, 'sluice/staging/');
    expect(
      [...read.values()].map(({ context, state, description }) => [context, state, description]),
    ).toEqual([
      ['sluice/staging/uat', 'failure', 'after'],
      ['sluice/staging/scan', 'success', 'the first'],
    ]);
    expect(read.get('sluice/staging/uat')).toMatchObject({
      creator: 'github-actions[bot]',
      targetUrl: 'http://127.0.0.1/rehearsal/shop/actions/runs/1',
    });
    expect(Date.parse(read.get('sluice/staging/uat')?.createdAt ?? '')).not.toBeNaN();
    expect(await readCommitStatuses(as({ statuses: 'read' }), served.shas.first, 'sluice/')).toEqual(
      new Map(),
    );
  }, 60_000);

  it('name a run that can be looked up', async () => {
    const run = addRun(served.hub, {
      sha: served.shas.second,
      workflowPath: '.github/workflows/on-push-staging.yml',
      attempt: 2,
    });
    const connection = as({ actions: 'read' });
    expect(await readWorkflowRun(connection, run.id)).toEqual({
      id: run.id,
      attempt: 2,
      sha: served.shas.second,
      branch: 'main',
      workflow: '.github/workflows/on-push-staging.yml',
      event: 'push',
      from: 'rehearsal/shop',
    });
    expect(await readWorkflowRun(connection, 999_999)).toBeUndefined();
  });

  it('are neither read nor written without the permission', async () => {
    const connection = as({ contents: 'read' });
    await expect(readCommitStatuses(connection, served.shas.second, 'sluice/')).rejects.toMatchObject({
      status: 403,
    });
    await expect(
      setCommitStatus(as({ statuses: 'read' }), served.shas.second, {
        context: 'sluice/staging/uat',
        state: 'success',
        description: '',
        targetUrl: '',
      }),
    ).rejects.toMatchObject({ status: 403 });
    await expect(readWorkflowRun(connection, 1)).rejects.toMatchObject({ status: 403 });
  });
});
