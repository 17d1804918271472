import { spawnSync } from 'node:child_process';
import type { Rehearsed } from './engine.fixture.ts';
import { conclusions, jobOf, logOf, rehearse } from './engine.fixture.ts';

let shop: Rehearsed;
beforeEach(async () => {
  shop = await rehearse();
});
afterEach(() => shop.end());

const workflow = (jobs: string, head = 'on: push'): Record<string, string> => ({
  '.github/workflows/ci.yml': `${head}\njobs:\n${jobs}`,
});

test('a failure skips what needs it, and what needs that; always() and failure() still run', async () => {
  const [run] = await shop.push(
    workflow(`
  a: { runs-on: x, steps: [{ run: exit 3 }] }
  b: { needs: a, runs-on: x, steps: [{ run: 'true' }] }
  c: { needs: b, if: always(), runs-on: x, steps: [{ run: 'echo "b was \${{ needs.b.result }}"' }] }
  d: { needs: c, runs-on: x, steps: [{ run: 'true' }] }
  e: { needs: c, if: failure(), runs-on: x, steps: [{ run: 'true' }] }
`),
  );
  expect(conclusions(run)).toEqual({
    run: 'failure',
    a: 'failure',
    b: 'skipped',
    c: 'success',
    d: 'skipped',
    e: 'success',
  });
  expect(logOf(shop, jobOf(run, 'c'))).toContain('b was skipped');
  expect(jobOf(run, 'a').annotations).toEqual([
    { level: 'failure', message: 'Process completed with exit code 3.', step: 2 },
  ]);
});

test('a matrix: names, contexts, fail-fast off, outputs, max-parallel 1', async () => {
  const [run] = await shop.push(
    workflow(`
  test:
    name: Test
    runs-on: x
    strategy:
      fail-fast: false
      max-parallel: 1
      matrix:
        node: [20, 24]
        include: [{ node: 24, extra: 'yes' }]
    outputs: { last: '\${{ matrix.node }}' }
    steps:
      - run: echo "node \${{ matrix.node }} of \${{ strategy.job-total }} extra=\${{ matrix.extra }}"
      - if: matrix.node == 20
        run: exit 1
  after: { needs: test, if: always(), runs-on: x, steps: [{ run: 'echo "\${{ needs.test.result }} \${{ needs.test.outputs.last }}"' }] }
`),
  );
  expect(run?.jobs.map((job) => [job.name, job.conclusion])).toEqual([
    ['Test (20)', 'failure'],
    ['after', 'success'],
    ['Test (24)', 'success'],
  ]);
  expect(logOf(shop, jobOf(run, 'after'))).toContain('failure 24');
});

test('continue-on-error of a step and of a job', async () => {
  const [run] = await shop.push(
    workflow(`
  a:
    runs-on: x
    steps:
      - { id: flaky, continue-on-error: true, run: exit 1 }
      - run: echo "\${{ steps.flaky.outcome }} \${{ steps.flaky.conclusion }}"
  b: { runs-on: x, continue-on-error: true, steps: [{ run: exit 1 }] }
  c: { needs: [a, b], runs-on: x, steps: [{ run: 'true' }] }
`),
  );
  expect(conclusions(run)).toEqual({ run: 'success', a: 'success', b: 'failure', c: 'success' });
  expect(logOf(shop, jobOf(run, 'a'))).toContain('failure success');
});

test('shells, working directories and defaults', async () => {
  const [run] = await shop.push(
    workflow(
      `
  a:
    runs-on: x
    defaults: { run: { working-directory: inner } }
    steps:
      - { working-directory: ., run: mkdir inner }
      - { name: bash fails in a pipe, continue-on-error: true, id: pipe, shell: bash, run: 'false | true' }
      - { name: the default shell does not, run: 'false | true' }
      - { shell: sh, run: 'echo "in $(basename "$PWD"), \${{ steps.pipe.outcome }}"' }
      - { shell: 'node {0}', run: 'console.log("node says", 6 * 7)' }
`,
      'on: push\ndefaults: { run: { working-directory: nowhere } }',
    ),
  );
  const log = logOf(shop, jobOf(run, 'a'));
  expect(run?.conclusion).toBe('success');
  expect(log).toContain('in inner, failure');
  expect(log).toContain('node says 42');
  expect(log).toContain('shell: bash --noprofile --norc -eo pipefail {0}');
  expect(log).toContain('shell: bash -e {0}');
});

test('masks: secrets are hidden in log, summary and annotations, and do not leave the job in outputs', async () => {
  shop.hub.secrets.API_KEY = 'correct-horse';
  const [run] = await shop.push(
    workflow(`
  a:
    runs-on: x
    outputs: { key: '\${{ steps.s.outputs.key }}', open: '\${{ steps.s.outputs.open }}' }
    steps:
      - id: s
        env: { KEY: '\${{ secrets.API_KEY }}' }
        run: |
          echo "key is $KEY"
          echo "::error::leaked $KEY"
          echo "sum $KEY" >> "$GITHUB_STEP_SUMMARY"
          echo "key=$KEY" >> "$GITHUB_OUTPUT"
          echo "open=1" >> "$GITHUB_OUTPUT"
          echo "::add-mask::battery"
          echo "a battery, staple"
          echo "::stop-commands::pause"
          echo "::notice::not a command"
          echo "::pause::"
  b: { needs: a, runs-on: x, steps: [{ run: 'echo "[\${{ needs.a.outputs.key }}] [\${{ needs.a.outputs.open }}]"' }] }
`),
  );
  const job = jobOf(run, 'a');
  expect(run?.conclusion).toBe('success');
  expect(logOf(shop, job)).toContain('key is ***');
  expect(logOf(shop, job)).toContain('a ***, staple');
  expect(logOf(shop, job)).toContain('::notice::not a command');
  expect(job.steps[1]?.summary).toBe('sum ***\n');
  expect(job.annotations.map((annotation) => annotation.message)).toEqual([
    'leaked ***',
    "Skip output 'key' since it may contain secret.",
  ]);
  expect(logOf(shop, jobOf(run, 'b'))).toContain('[] [1]');
  expect(JSON.stringify([run, shop.hub.logOf(job.id)])).not.toContain('correct-horse');
});

test('the token of a job has its permissions, and ends with it; OIDC only where it is granted', async () => {
  const seen: unknown[] = [];
  shop.hub.onChange((change) => {
    if (change.kind === 'log' && change.line.text === 'running') {
      seen.push(
        [...shop.hub.tokens.values()].map(({ permissions, environment, jobWorkflowRef }) => ({
          permissions,
          environment,
          jobWorkflowRef,
        })),
      );
    }
  });
  const [run] = await shop.push(
    workflow(
      `
  a:
    runs-on: x
    environment: { name: development, url: 'http://example.org/\${{ steps.u.outputs.path }}' }
    permissions: { id-token: write, contents: read }
    steps:
      - { id: u, run: 'echo path=shop >> "$GITHUB_OUTPUT"; echo running; echo "oidc \${ACTIONS_ID_TOKEN_REQUEST_URL:-none}"' }
  b: { needs: a, runs-on: x, steps: [{ run: 'echo "oidc \${ACTIONS_ID_TOKEN_REQUEST_URL:-none}"' }] }
`,
      'on: push\npermissions: {}',
    ),
  );
  expect(run?.conclusion).toBe('success');
  expect(seen).toEqual([
    [
      {
        permissions: { 'id-token': 'write', contents: 'read' },
        environment: 'development',
        jobWorkflowRef: 'rehearsal/shop/.github/workflows/ci.yml@refs/heads/develop',
      },
    ],
  ]);
  expect(shop.hub.tokens.size).toBe(0);
  expect(jobOf(run, 'a').environment).toEqual({ name: 'development', url: 'http://example.org/shop' });
  expect(logOf(shop, jobOf(run, 'a'))).toContain('oidc http://127.0.0.1:9/oidc/token');
  expect(logOf(shop, jobOf(run, 'b'))).toContain('oidc none');
  const [deployment] = shop.hub.deployments.values();
  expect(deployment?.statuses.map((status) => [status.state, status.environmentUrl])).toEqual([
    ['in_progress', ''],
    ['success', 'http://example.org/shop'],
  ]);
});

test("a job sees GitHub's variables, its event, and nothing of the user's environment", async () => {
  await shop.end();
  shop = await rehearse({
    environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    userEnvironment: {
      PATH: process.env.PATH,
      HOME: '/tmp',
      AWS_SECRET_ACCESS_KEY: 'theirs',
      NPM_TOKEN: 'theirs',
    },
  });
  const [run] = await shop.push(
    workflow(`
  a: { runs-on: x, steps: [{ run: 'env | sort; cat "$GITHUB_EVENT_PATH"' }] }
`),
  );
  const log = logOf(shop, jobOf(run, 'a'));
  for (const line of [
    'AWS_ENDPOINT_URL=http://127.0.0.1:1',
    'CI=true',
    'GITHUB_ACTIONS=true',
    'GITHUB_API_URL=http://127.0.0.1:9/api/v3',
    'GITHUB_EVENT_NAME=push',
    'GITHUB_JOB=a',
    'GITHUB_REF=refs/heads/develop',
    'GITHUB_REF_TYPE=branch',
    'GITHUB_REPOSITORY=rehearsal/shop',
    `GITHUB_SHA=${run?.sha ?? ''}`,
    'GITHUB_WORKFLOW_REF=rehearsal/shop/.github/workflows/ci.yml@refs/heads/develop',
    'RUNNER_ENVIRONMENT=self-hosted',
    '"created": true,',
  ]) {
    expect(log).toContain(line);
  }
  expect(log).not.toContain('theirs');
  expect(log).not.toContain('JEST_WORKER_ID');
});

test('a job that outlives its time is cancelled, and says so', async () => {
  const [run] = await shop.push(
    workflow(`
  a:
    runs-on: x
    steps:
      - { timeout-minutes: 0.003, continue-on-error: true, run: sleep 20 }
      - { run: 'true' }
  b:
    runs-on: x
    timeout-minutes: 0.005
    steps:
      - { run: sleep 20 }
      - { run: 'true' }
      - { if: always(), run: echo cleaned up }
`),
  );
  expect(conclusions(run)).toEqual({ run: 'cancelled', a: 'success', b: 'cancelled' });
  expect(jobOf(run, 'a').annotations.map((annotation) => annotation.message)).toEqual([
    "The action 'Run sleep 20' has timed out after 0.003 minutes.",
  ]);
  expect(jobOf(run, 'b').steps.map((step) => step.conclusion)).toEqual([
    'success',
    'cancelled',
    'skipped',
    'success',
    'success',
  ]);
});

test('a container or services are refused before anything runs, by name and place', async () => {
  const [run] = await shop.push(
    workflow(`
  a: { runs-on: x, steps: [{ run: 'true' }] }
  b: { runs-on: x, container: 'alpine:3', steps: [{ run: 'true' }] }
  c: { runs-on: x, services: { db: { image: 'postgres:18' } }, steps: [{ run: 'true' }] }
`),
  );
  expect([run?.conclusion, run?.jobs]).toEqual(['failure', []]);
  expect(run?.problem?.split('\n')).toEqual([
    ".github/workflows/ci.yml (Line: 5, Col: 31): Job 'b' asks for 'container', which the rehearsal does not run: jobs run on this machine.",
    ".github/workflows/ci.yml (Line: 6, Col: 30): Job 'c' asks for 'services', which the rehearsal does not run: jobs run on this machine.",
  ]);
});

test('actions that are not here are refused before the first step', async () => {
  const [run] = await shop.push(
    workflow(`
  b: { runs-on: x, steps: [{ uses: 'someone/something@v1' }] }
  c: { runs-on: x, steps: [{ uses: 'docker://alpine:3' }] }
`),
  );
  expect(conclusions(run)).toEqual({ run: 'failure', b: 'failure', c: 'failure' });
  expect(jobOf(run, 'b').annotations[0]?.message).toContain(
    'no stand-in for it. It has one for actions/checkout,',
  );
  expect(jobOf(run, 'c').annotations[0]?.message).toContain('container actions are not run');
});

test('events that never happen here are named, once', async () => {
  const said: string[] = [];
  await shop.end();
  shop = await rehearse({ log: (line) => said.push(line) });
  const files = workflow(
    "\n  a: { runs-on: x, steps: [{ run: 'true' }] }",
    'on: { push: {}, workflow_run: { workflows: [CI], types: [completed] }, issues: {} }',
  );
  expect((await shop.push(files))[0]?.conclusion).toBe('success');
  await shop.push(files);
  expect(said).toEqual([
    '.github/workflows/ci.yml: `on: workflow_run` never happens in a rehearsal.',
    '.github/workflows/ci.yml: `on: issues` never happens in a rehearsal.',
  ]);
});

test('nothing that a job started outlives it', async () => {
  const [run] = await shop.push(
    workflow(`
  a:
    runs-on: x
    steps:
      - run: |
          sleep 300 & echo "pid $!"
          setsid sleep 300 > /dev/null 2>&1 & echo "pid $!"
`),
  );
  expect(run?.conclusion).toBe('success');
  const pids = [...logOf(shop, jobOf(run, 'a')).matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid));
  expect(pids).toHaveLength(2);
  // Ended, or ended and not yet collected by the system.
  const states = spawnSync('ps', ['-o', 'stat=', '-p', pids.join(',')], { encoding: 'utf8' }).stdout;
  expect(states.split('\n').filter((state) => state !== '' && !state.startsWith('Z'))).toEqual([]);
});
