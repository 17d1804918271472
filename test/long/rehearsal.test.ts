import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { adminCredentials } from '../../rehearsal/cloud/index.ts';
import { probeEnvironments, summarizeRun } from '../../rehearsal/summary.ts';
import { crashing, good, job, rehearsing, summaryOf, type Rehearsing } from '../rehearsing/rehearsing.ts';

const minutes = 60_000;
const startScript = path.resolve(import.meta.dirname, '../../scripts/start.mjs');

describe('a repository that adopted the pack, in its rehearsal', () => {
  let here: Rehearsing;
  beforeAll(async () => {
    here = await rehearsing();
  });
  afterAll(() => here.end());

  it(
    'given the first push, then all stages are green and the pushed commit answers',
    async () => {
      const run = await here.finished(await here.push());
      expect(summarizeRun(run)).toMatchObject({
        ref: 'refs/heads/develop',
        environment: 'development',
        conclusion: 'success',
        stages: ['CI Tests', 'Build Image', 'Deploy to DEV', 'Integration Tests'].map((name) => ({
          name,
          conclusion: 'success',
        })),
      });
      expect(await here.answers()).toBe(run.sha);
      const environments = await probeEnvironments(here.rehearsal.hub.deployments.values(), {
        path: '/version',
        json: 'version',
      });
      expect(environments.development).toMatchObject({
        digest: expect.stringMatching(/^sha256:/) as string,
        version: run.sha,
        probe: { status: 200, version: run.sha },
      });
    },
    4 * minutes,
  );

  it(
    'given a second push while the first deploys, then it is queued, not lost, and both are deployed in order',
    async () => {
      const first = await here.push({ 'service/main.js': `${good}// 1\n` });
      const second = await here.push({ 'service/main.js': `${good}// 2\n` });
      const ended: number[] = [];
      const note = (id: number) => () => ended.push(id);
      const [one, two] = await Promise.all([
        here.finished(first).finally(note(first.id)),
        here.finished(second).finally(note(second.id)),
      ]);
      expect([one.conclusion, two.conclusion]).toEqual(['success', 'success']);
      const [before, after] = [job(one, 'Deploy to DEV'), job(two, 'Deploy to DEV')];
      expect(Date.parse(after.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(before.completedAt ?? ''));
      expect(await here.answers()).toBe(two.sha);
    },
    6 * minutes,
  );

  it(
    'given a release that crashes, then the run is red with its evidence, and the version before still answers',
    async () => {
      const live = await here.answers();
      const run = await here.finished(await here.push({ 'service/main.js': crashing }));
      expect(run.conclusion).toBe('failure');
      const summary = summaryOf(run, 'Deploy to DEV');
      expect(summary).toContain('Rolled back');
      expect(summary).toContain('Essential container in task exited');
      expect(summary).toContain('no key to sign with');
      expect(summary).toMatch(/\| 3 \|/);
      expect(job(run, 'Integration Tests').conclusion).toBe('skipped');
      expect(await here.answers()).toBe(live);
    },
    4 * minutes,
  );

  it(
    'given a run that is cancelled while it deploys, then it is rolled back, and the run says so',
    async () => {
      const live = await here.answers();
      const updated = new Promise<void>((resolve) => {
        const stop = here.rehearsal.cloud.calls.listen((phase, { operation }) => {
          if (phase !== 'after' || operation !== 'UpdateService') return;
          stop();
          resolve();
        });
      });
      // Slow to listen, so that the deployment is under way when it is cancelled.
      const run = await here.push({ 'service/main.js': `setTimeout(() => {}, 60_000);\n` });
      await updated;
      expect(here.rehearsal.engine.cancel(run.id)).toBe(true);
      const ended = await here.finished(run);
      expect(ended.conclusion).toBe('cancelled');
      const deploy = job(ended, 'Deploy to DEV');
      expect(deploy.conclusion).toBe('cancelled');
      expect(summaryOf(ended, 'Deploy to DEV')).toMatch(/ROLLBACK_SUCCESSFUL/);
      expect(await here.answers()).toBe(live);
    },
    4 * minutes,
  );

  it(
    'given mistakes in sluice.yml, then the run is red with each of them at its line, and nothing is touched',
    async () => {
      const writes: string[] = [];
      const stop = here.rehearsal.cloud.calls.listen((phase, { operation }) => {
        if (phase === 'before' && !/^(Describe|List|Get|Assume)/.test(operation)) writes.push(operation);
      });
      const run = await here.finished(
        await here.push({
          'sluice.yml':
            'service: shop\nenvironments:\n  development:\n    on: { brnch: develop }\n    deploy: { strategy: roling }\n',
        }),
      );
      stop();
      expect(run.conclusion).toBe('failure');
      expect(job(run, 'Plan').annotations.map(({ file, line }) => `${file ?? ''}:${line ?? 0}`)).toEqual(
        expect.arrayContaining(['sluice.yml:4', 'sluice.yml:5']),
      );
      expect(writes).toEqual([]);
    },
    4 * minutes,
  );

  it('leaves the repository as it was, but for the remote that it announced and removes', async () => {
    expect(here.git('status', '--porcelain')).toBe('');
    expect(here.git('branch', '--format=%(refname:short)').trim()).toBe('develop');
    expect(here.said.join('\n')).toContain('Added the remote "rehearsal"');
    await here.rehearsal.stop();
    expect(here.git('remote').trim()).toBe('');
    expect(existsSync(path.join(here.repository, '.sluice-rehearsal', '1', 'lock.json'))).toBe(false);
  });
});

describe('the first day, with no AWS role set up', () => {
  it(
    'given the variable is not set, then tests and build run, and a notice names it',
    async () => {
      const here = await rehearsing();
      try {
        delete here.rehearsal.hub.environment('development').variables.AWS_ROLE_DEVELOPMENT;
        const run = await here.finished(await here.push());
        expect(run.conclusion).toBe('success');
        expect(job(run, 'CI Tests').conclusion).toBe('success');
        expect(job(run, 'Build Image').conclusion).toBe('success');
        expect(job(run, 'Deploy to DEV').conclusion).toBe('skipped');
        const notices = run.jobs
          .flatMap(({ annotations }) => annotations)
          .filter(({ level }) => level === 'notice');
        expect(notices.map(({ message }) => message).join('\n')).toContain('AWS_ROLE_DEVELOPMENT');
        expect(summaryOf(run, 'Build Image')).toContain('adopting.md');
      } finally {
        await here.end();
      }
    },
    4 * minutes,
  );
});

describe('a secret of the service', () => {
  it(
    'reaches the container, and no log, summary, annotation or output',
    async () => {
      const here = await rehearsing({ secrets: { SECRET_KEY: { secretsManager: 'shop/key' } } });
      try {
        const { cloud, hub } = here.rehearsal;
        const client = new SecretsManagerClient({
          endpoint: cloud.url,
          region: 'eu-west-1',
          credentials: adminCredentials,
        });
        const { SecretString: canary = '' } = await client.send(
          new GetSecretValueCommand({ SecretId: 'shop/key' }),
        );
        client.destroy();
        expect(canary.length).toBeGreaterThan(20);
        const server = good.replace(
          '{ version: process.env.SLUICE_VERSION }',
          '{ version: process.env.SLUICE_VERSION, length: process.env.SECRET_KEY.length }',
        );
        const fine = await here.finished(await here.push({ 'service/main.js': server }));
        expect(fine.conclusion).toBe('success');
        const url = hub.environment('development').variables.SLUICE_DEVELOPMENT_URL ?? '';
        expect(await (await fetch(`${url}/version`)).json()).toMatchObject({ length: canary.length });
        // Evidence is collected from a release that fails, too.
        const bad = await here.finished(await here.push({ 'service/main.js': crashing }));
        const told = JSON.stringify([
          fine,
          bad,
          ...[fine, bad].flatMap(({ jobs }) => jobs.map(({ id }) => hub.logOf(id))),
        ]);
        for (const form of [canary, Buffer.from(canary).toString('base64'), encodeURIComponent(canary)]) {
          expect(told.includes(form)).toBe(false);
        }
      } finally {
        await here.end();
      }
    },
    6 * minutes,
  );
});

describe('npm start, interrupted', () => {
  const up = async (repository: string) => {
    const child = spawn(
      process.execPath,
      [startScript, '--repo', repository, '--no-push', '--driver', 'process'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    const ready = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
        if (output.includes('Ctrl-C stops everything.')) resolve();
      });
    });
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
    await Promise.race([ready, exited]);
    return { child, exited, output: () => output };
  };

  it(
    'given Ctrl-C, then all of it stops, and the remote is gone; given it was killed, then the next one takes over',
    async () => {
      const here = await rehearsing();
      await here.rehearsal.stop();
      try {
        const first = await up(here.repository);
        expect(here.git('remote').trim()).toBe('rehearsal');
        first.child.kill('SIGINT');
        expect(await first.exited).toBe(0);
        expect(here.git('remote').trim()).toBe('');

        const second = await up(here.repository);
        second.child.kill('SIGKILL');
        await second.exited;
        const third = await up(here.repository);
        expect(third.output()).toContain('did not stop cleanly; its state is taken over');
        expect(third.output()).toContain('The remote "rehearsal" is there from an earlier rehearsal.');
        third.child.kill('SIGINT');
        third.child.kill('SIGINT');
        expect([0, 130]).toContain(await third.exited);
        expect(here.git('remote').trim()).toBe('');
        expect(here.git('status', '--porcelain')).toBe('');
      } finally {
        await here.end();
      }
    },
    4 * minutes,
  );
});

describe('two rehearsals of one repository at once', () => {
  it('given one is up, then the other has a folder, a remote and ports of its own', async () => {
    const first = await rehearsing();
    const { startRehearsal } = await import('../../rehearsal/rehearsal.ts');
    const said: string[] = [];
    const second = await startRehearsal({
      repository: first.repository,
      config: 'sluice.yml',
      port: undefined,
      timeScale: 1,
      driver: 'process',
      variables: {},
      fresh: false,
      say: (line) => said.push(line),
      log: () => undefined,
    });
    try {
      expect([first.rehearsal.remote, second.remote]).toEqual(['rehearsal', 'rehearsal-2']);
      expect(second.server.url).not.toBe(first.rehearsal.server.url);
      expect(second.cloud.url).not.toBe(first.rehearsal.cloud.url);
    } finally {
      await second.stop();
      await first.end();
    }
  });
});
