import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DescribeTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { withGitHub } from '../../src/github/github.fake.ts';
import { shifting, type Kind, type Shifting } from '../deploying/shifting.ts';
import { Records } from '../promoting/records.ts';
import { runAction, type Ended } from '../running/action.ts';

const canary = {
  strategy: 'canary',
  steps: { percent: 50, every: '3m' },
  bake: '2m',
  gates: { beforeTraffic: ['health'], eachStep: [], afterTraffic: ['analysis'] },
  gateTimeout: '60m',
  analysis: { minimumRequests: 20 },
};

describe('the way back', () => {
  let here: Shifting;
  let workspace: string;
  let records: Records;

  beforeEach(async () => {
    here = await shifting({ deploy: canary });
    workspace = mkdtempSync(path.join(tmpdir(), 'sluice-rollback-'));
    writeFileSync(path.join(workspace, 'sluice.yml'), here.configuration);
    records = new Records();
    await release('good', '1.0.0');
  }, 120_000);
  afterEach(async () => {
    await here.end();
    rmSync(workspace, { recursive: true, force: true });
  });

  const digestOf = (kind: Kind): string => here.images[kind].split('@')[1] ?? '';
  const commitOf = (version: string): string => version.replaceAll(/\D/g, '').padEnd(40, 'a');
  const payloadOf = (kind: Kind, version: string) => ({
    image: here.images[kind],
    digest: digestOf(kind),
    version,
    commit: commitOf(version),
  });

  /** Releases for real, and records it as `deploy` and `monitor` do. */
  const release = async (kind: Kind, version: string): Promise<void> => {
    const stopUsers = here.users();
    const ended = await here.release(kind, version);
    await stopUsers();
    const last = ended.at(-1);
    if (last?.exitCode !== 0) throw new Error(last?.log);
    records.add({ environment: 'live', payload: payloadOf(kind, version) }, 'in_progress', 'success');
  };

  const rollback = async (inputs: Readonly<Record<string, string>>): Promise<Ended> => {
    let end: Ended | undefined;
    await withGitHub(records.answer, async ({ apiUrl }) => {
      end = await runAction({
        action: 'rollback',
        workspace,
        sha: 'e'.repeat(40),
        ref: 'refs/tags/v1.1.0',
        apiUrl,
        cloudUrl: here.trial.cloud.url,
        inputs: { environment: 'live', 'github-token': 'the-job-s-token', ...inputs },
      });
    });
    return end!;
  };

  /** What the tasks of the service run. */
  const running = async (): Promise<string | undefined> => {
    const { taskDefinition } = await here.state();
    const { taskDefinition: found } = await here.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition }),
    );
    return found?.containerDefinitions?.[0]?.image;
  };

  it('given a deployment that waits at a gate, then it goes back, says so, and quarantines; again, it does nothing', async () => {
    await here.step('deploy', 'mortal', '1.1.0');
    records.add({ environment: 'live', payload: payloadOf('mortal', '1.1.0') }, 'in_progress');

    const foreign = await rollback({ image: here.images.good });
    expect(foreign).toMatchObject({ exitCode: 0, outputs: { state: 'nothing-to-do' } });
    expect((await here.newest())?.status).toBe('IN_PROGRESS');

    const inputs = { image: here.images.mortal, reason: 'the health checks\nfailed' };
    const end = await rollback(inputs);
    expect(end).toMatchObject({ exitCode: 0, outputs: { state: 'rolled-back', restored: '1.0.0' } });
    expect((await here.newest())?.status).toBe('ROLLBACK_SUCCESSFUL');
    expect(await here.answers()).toBe('1.0.0');
    expect(records.statesOf('1.1.0')).toEqual([
      'failure: Rolled back after a failure: the health checks failed',
    ]);

    const again = await rollback(inputs);
    expect(again).toMatchObject({ exitCode: 0, outputs: { state: 'rolled-back', restored: '1.0.0' } });
    expect((await here.state()).deployments).toHaveLength(2);
  }, 120_000);

  it('given a cancelled job, then the digest is not quarantined', async () => {
    await here.step('deploy', 'mortal', '1.1.0');
    records.add({ environment: 'live', payload: payloadOf('mortal', '1.1.0') }, 'in_progress');
    const end = await rollback({ image: here.images.mortal, cause: 'cancelled' });
    expect(end.outputs).toMatchObject({ state: 'rolled-back' });
    expect(records.statesOf('1.1.0')).toEqual(['error: Rolled back after a cancellation']);
  }, 120_000);

  it('given a release that is live, then the one before serves again at once, and the one that was left is kept out', async () => {
    await release('mortal', '1.1.0');
    const chosen = await rollback({ mode: 'choose', reason: 'wrong language' });
    expect(chosen).toMatchObject({
      exitCode: 0,
      outputs: {
        state: 'chosen',
        version: '1.0.0',
        leaving: '1.1.0',
        image: here.images.good,
        commit: commitOf('1.0.0'),
      },
    });
    const { version = '', image = '', commit = '' } = chosen.outputs;

    const stopUsers = here.users();
    const end = await rollback({ mode: 'restore', version, image, commit, reason: 'wrong language' });
    const seen = await stopUsers();
    expect([end.exitCode, end.outputs['state'], end.log]).toEqual([0, 'restored', end.log]);
    expect(end.outputs).toMatchObject({ restored: '1.0.0' });
    expect(seen.failed).toBe(0);
    expect(await here.answers()).toBe('1.0.0');
    expect(await running()).toBe(here.images.good);
    expect(records.statesOf('1.0.0')).toEqual(['success: ', 'success: Back on 1.0.0: wrong language']);
    expect(records.statesOf('1.1.0')).toEqual(['failure: Taken back to 1.0.0: wrong language']);

    const further = await rollback({ mode: 'choose', version: '1.1.0' });
    expect(further.exitCode).toBe(1);
    expect(further.log).toContain('1.1.0 failed in live: Taken back to 1.0.0: wrong language');
  }, 180_000);

  it('given a live release whose tasks die, then the one before serves again all the same', async () => {
    await release('mortal', '1.1.0');
    here.kill();
    const end = await rollback({
      mode: 'restore',
      version: '1.0.0',
      image: here.images.good,
      commit: commitOf('1.0.0'),
    });
    expect([end.outputs['state'], end.log]).toEqual(['restored', end.log]);
    expect(await here.answers()).toBe('1.0.0');
  }, 180_000);
});
