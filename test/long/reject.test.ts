import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  anchorContext,
  anchoredImage,
  anchorState,
  formatAnchor,
  type Outcome,
} from '../../src/evidence/index.ts';
import { withGitHub } from '../../src/github/github.fake.ts';
import { deploying, type Deploying, type Kind } from '../deploying/deploying.ts';
import { Repository } from '../promoting/github.ts';
import { runAction, type Ended } from '../running/action.ts';

const environment = 'development';
const withChecks = { keys: { checks: ['test', 'uat', 'performance'] } };

describe('a release that is deployed, and whose checks then do not pass', () => {
  let here: Deploying;
  let workspace: string;
  let github: Repository;

  beforeEach(async () => {
    here = await deploying();
    here.openGate();
    workspace = mkdtempSync(path.join(tmpdir(), 'sluice-reject-'));
    writeFileSync(path.join(workspace, 'sluice.yml'), here.configuration(withChecks));
    github = new Repository();
  }, 120_000);
  afterEach(async () => {
    await here.end();
    rmSync(workspace, { recursive: true, force: true });
  });

  const digestOf = (kind: Kind): string => here.images[kind].split('@')[1] ?? '';
  const commitOf = (version: string): string => version.replaceAll(/\D/g, '').padEnd(40, 'a');

  /** Deploys for real, and records it as `deploy` does. */
  const deploy = async (kind: Kind, version: string): Promise<void> => {
    const end = await here.deploy(kind, version, withChecks);
    if (end.exitCode !== 0) throw new Error(end.log);
    github.records.add(
      {
        environment,
        payload: { image: here.images[kind], digest: digestOf(kind), version, commit: commitOf(version) },
      },
      'in_progress',
      'success',
    );
  };

  /** As `record-verdict` anchors it. */
  const say = (version: string, kind: Kind, ...outcomes: Outcome[]): void => {
    for (const [index, outcome] of outcomes.entries()) {
      github.statuses.unshift({
        sha: commitOf(version),
        context: anchorContext(environment, (['uat', 'performance'] as const)[index] ?? 'scan'),
        state: anchorState(outcome),
        description: formatAnchor({
          outcome,
          image: anchoredImage(digestOf(kind)),
          statement: `sha256:${'a'.repeat(64)}`,
        }),
        target_url: 'https://github.com/acme/shop/actions/runs/12',
        creator: { login: 'github-actions[bot]' },
        created_at: new Date().toISOString(),
      });
    }
  };

  const rollback = async (inputs: Readonly<Record<string, string>>): Promise<Ended> => {
    let end: Ended | undefined;
    await withGitHub(github.answer, async ({ apiUrl }) => {
      end = await runAction({
        action: 'rollback',
        workspace,
        sha: 'e'.repeat(40),
        ref: 'refs/heads/develop',
        apiUrl,
        cloudUrl: here.trial.cloud.url,
        inputs: { environment, 'github-token': 'the-job-s-token', ...inputs },
      });
    });
    return end!;
  };

  /** The steps of the job "Roll Back", as the workflow has them. */
  const rollBack = async (image: string, reason: string): Promise<readonly Ended[]> => {
    const rejected = await rollback({ mode: 'reject', image, reason });
    const { state, version = '', image: target = '', commit = '' } = rejected.outputs;
    return state === 'chosen'
      ? [rejected, await rollback({ mode: 'restore', version, image: target, commit, reason })]
      : [rejected];
  };

  it('given an accepted release before, then it serves again, and the other never counts as good', async () => {
    await deploy('good', '1.0.0');
    say('1.0.0', 'good', 'passed', 'passed');
    await deploy('gated', '1.1.0');
    say('1.1.0', 'gated', 'failed');

    const [rejected, restored] = await rollBack(here.images.gated, 'UAT Tests: failure');
    expect(rejected?.outputs).toMatchObject({
      state: 'chosen',
      version: '1.0.0',
      image: here.images.good,
      commit: commitOf('1.0.0'),
      leaving: '1.1.0',
    });
    expect([restored?.exitCode, restored?.outputs['restored'], restored?.log]).toEqual([
      0,
      '1.0.0',
      restored?.log,
    ]);
    expect(await here.answers()).toBe('1.0.0');
    expect(github.records.statesOf('1.1.0')).toEqual([
      'failure: Not accepted after its deployment: UAT Tests: failure',
    ]);
    expect(github.records.statesOf('1.0.0')).toEqual([
      'success: ',
      'success: Back on 1.0.0: UAT Tests: failure',
    ]);

    const [again] = await rollBack(here.images.gated, 'UAT Tests: failure');
    expect(again).toMatchObject({ exitCode: 0, outputs: { state: 'nothing-to-do', restored: '1.0.0' } });
    expect(github.records.statesOf('1.1.0')).toHaveLength(1);
  }, 180_000);

  it('given a runner that died before it went back, then the next one goes back', async () => {
    await deploy('good', '1.0.0');
    say('1.0.0', 'good', 'passed', 'passed');
    await deploy('gated', '1.1.0');
    const first = await rollback({ mode: 'reject', image: here.images.gated, cause: 'cancelled' });
    expect(first.outputs['state']).toBe('chosen');
    expect(github.records.statesOf('1.1.0')).toEqual(['error: Not accepted after its deployment']);

    const [, restored] = await rollBack(here.images.gated, '');
    expect(restored?.outputs).toMatchObject({ state: 'restored', restored: '1.0.0' });
    expect(await here.answers()).toBe('1.0.0');
  }, 180_000);

  it('given none before that was accepted, then it stays, and that is said', async () => {
    await deploy('good', '1.0.0');
    say('1.0.0', 'good', 'passed', 'inconclusive');
    await deploy('gated', '1.1.0');
    const [rejected, ...more] = await rollBack(here.images.gated, 'Performance Tests: failure');
    expect(more).toEqual([]);
    expect(rejected?.exitCode).toBe(1);
    expect(rejected?.log).toContain('development stays on 1.1.0, which was not accepted');
    expect(rejected?.log).toContain('There is no release of development to go back to');
    expect(await here.answers()).toBe('1.1.0');
    expect(github.records.statesOf('1.1.0')).toEqual([
      'failure: Not accepted after its deployment: Performance Tests: failure',
    ]);
  }, 180_000);

  it('given releases of the time before there were checks, then the newest of them serves again', async () => {
    await deploy('good', '1.0.0');
    await deploy('gated', '1.1.0');
    say('1.1.0', 'gated', 'failed');
    const [, restored] = await rollBack(here.images.gated, '');
    expect(restored?.outputs).toMatchObject({ state: 'restored', restored: '1.0.0' });
  }, 180_000);
});
