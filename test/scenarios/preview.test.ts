import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { jobOf, logOf, rehearse, type Rehearsed } from '../../rehearsal/hub/engine/engine.fixture.ts';
import { commitGraph } from '../../rehearsal/hub/git/commit-graph.ts';
import type { PullRequest, Run } from '../../rehearsal/hub/model.ts';
import { startHubServer, type HubServer } from '../../rehearsal/hub/server.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

let shop: Rehearsed;
let server: HubServer;
beforeEach(async () => {
  shop = await rehearse({}, async (hub, bare) => {
    server = await startHubServer({
      hub,
      port: 0,
      stateDirectory: path.join(path.dirname(bare.directory), 'state'),
      commits: commitGraph(bare),
      config: () => Promise.resolve(undefined),
      driver: () => 'process',
      log: (message) => {
        throw new Error(message);
      },
    });
    return server.url;
  });
  server.attach(shop.engine, () => Promise.resolve());
});
afterEach(async () => {
  await shop.end();
  await server.stop();
});

/** The workflow as it is called, with the action from its source. */
const workflow = (event = 'pull_request', permission = 'write', depth = 2): string => `
name: Pull request
on: { ${event}: }
permissions: { contents: read, pull-requests: ${permission} }
jobs:
  preview:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: ${depth} }
      - id: preview
        env:
          INPUT_GITHUB-TOKEN: \${{ github.token }}
          INPUT_VARIABLES: \${{ toJSON(vars) }}
        run: exec '${process.execPath}' --no-warnings --input-type=module -e "await (await import('${root}/actions/index.ts')).start('preview')"
      - if: always()
        env: { OUTPUTS: '\${{ toJSON(steps.preview.outputs) }}' }
        run: printf '%s' "$OUTPUTS" > "$HOME/outputs.json"
`;

interface Environment {
  readonly on?: object;
  readonly memory?: number;
  readonly variables?: object;
  readonly secrets?: object;
  readonly strategy?: object;
}

const environment = ({ on, memory = 256, variables, secrets, strategy }: Environment): object => ({
  on: on ?? { branch: 'develop' },
  aws: {
    region: 'eu-west-1',
    role: { var: 'AWS_ROLE' },
    executionRole: { var: 'AWS_EXECUTION_ROLE' },
  },
  url: { var: 'SHOP_URL' },
  compute: { instance: 't3.micro', memory },
  network: { mode: 'bridge', hostPort: { var: 'SHOP_PORT' } },
  deploy: { minimumHealthy: 0, maximum: 100, ...strategy },
  security: { level: 'relaxed' },
  tls: { mode: 'none' },
  ...(variables === undefined ? {} : { variables }),
  ...(secrets === undefined ? {} : { secrets }),
});

const sluiceYml = (environments: Readonly<Record<string, object>>): string =>
  JSON.stringify({ service: 'shop', environments }, null, 2);

async function main(files: Readonly<Record<string, string>>): Promise<void> {
  await shop.push(files, 'refs/heads/main');
}

/** Proposes the files, and waits for the run that this starts. */
async function propose(files: Readonly<Record<string, string>>): Promise<{ pull: PullRequest; run: Run }> {
  await shop.push(files, 'refs/heads/feature');
  const pull = await shop.engine.openPullRequest({
    title: 'More memory',
    body: '',
    draft: false,
    head: 'feature',
    base: 'main',
    actor: 'ada',
  });
  return { pull, run: await finished() };
}

async function finished(): Promise<Run> {
  const run = [...shop.hub.runs.values()].findLast((one) => one.event === 'pull_request');
  if (run === undefined) throw new Error('No run of a pull request was started.');
  return shop.finished(run);
}

const outputs = (): unknown => JSON.parse(shop.read('outputs.json')) as unknown;
const log = (run: Run): string => logOf(shop, jobOf(run, 'preview'));

test('one comment says what merging deploys and changes, and a later push rewrites it', async () => {
  await main({
    '.github/workflows/on-pull-request.yml': workflow(),
    'sluice.yml': sluiceYml({
      development: environment({}),
      staging: environment({ on: { branch: 'main' } }),
    }),
  });
  const { pull, run } = await propose({
    'sluice.yml': sluiceYml({
      development: environment({ memory: 512, variables: { LOG_LEVEL: 'DEBUG' } }),
      staging: environment({ on: { branch: 'main' } }),
    }),
  });
  expect([run.conclusion, log(run)]).toEqual(['success', expect.any(String)]);
  const [comment] = pull.comments;
  expect(comment?.author).toBe('github-actions[bot]');
  expect(comment?.body).toContain('Merging it deploys to `staging`: CI Tests → Build Image → Deploy to STG.');
  expect(comment?.body).toContain('| `staging` | `push to main` | as before |');
  expect(comment?.body).toMatch(/\| `development` \| Compute \| `.*256 MiB.*` \| `.*512 MiB.*` \|/);
  expect(comment?.body).toContain('| `memory` | `256` | `512` |');
  expect(comment?.body).toContain('| `shop.environment.LOG_LEVEL` | – | `DEBUG` |');
  expect(outputs()).toMatchObject({
    changed: '["development"]',
    deploys: 'staging',
    comment: `${server.url}/rehearsal/shop/pull/1#comment-${comment?.id ?? 0}`,
  });

  await shop.push(
    {
      'sluice.yml': sluiceYml({
        development: environment({}),
        staging: environment({ on: { branch: 'main' } }),
      }),
    },
    'refs/heads/feature',
  );
  await finished();
  expect(pull.comments).toHaveLength(1);
  expect(pull.comments[0]?.body).toContain('| `development` | `push to develop` | as before |');
  expect(pull.comments[0]?.body).not.toContain('512');
});

test('a secret is nowhere: not in the comment, the summary, the log', async () => {
  const token = 'kx7-planted-secret';
  const url = 'postgres://shop:planted-password@db.example.org/shop';
  const before = { secrets: { SECRET_KEY: { literal: `${token}-old` } } };
  const after = {
    secrets: { SECRET_KEY: { literal: `${token}-new` } },
    variables: { API_TOKEN: `${token}-plain`, UPSTREAM: url },
  };
  await main({
    '.github/workflows/on-pull-request.yml': workflow(),
    'sluice.yml': sluiceYml({ development: environment(before) }),
  });
  const { pull, run } = await propose({ 'sluice.yml': sluiceYml({ development: environment(after) }) });
  const said = [pull.comments[0]?.body, log(run), JSON.stringify(run.jobs), JSON.stringify(outputs())].join();
  expect(said).toContain('| `shop.environment.SECRET_KEY` | `*** (old)` | `*** (new)` |');
  expect(said).toContain('| `shop.environment.API_TOKEN` | – | `*** (new)` |');
  expect(said).not.toContain('planted');
});

test('what comes out of sluice.yml is text: it links nowhere, mentions nobody, and ends no mark', async () => {
  await main({
    '.github/workflows/on-pull-request.yml': workflow(),
    'sluice.yml': sluiceYml({ development: environment({}) }),
  });
  const purpose = '@octo/all <img src=x> [here](http://evil.example) | ` --> **x**';
  const { pull } = await propose({
    'sluice.yml': sluiceYml({ development: { ...environment({}), purpose } }),
  });
  expect(pull.comments[0]?.body).toContain(
    '`` @octo/all <img src=x> [here](http://evil.example) \\| ` --> **x** ``',
  );
});

test('mistakes are annotations at their lines, and listed in the comment', async () => {
  await main({
    '.github/workflows/on-pull-request.yml': workflow(),
    'sluice.yml': sluiceYml({ development: environment({}) }),
  });
  const { pull, run } = await propose({
    'sluice.yml': sluiceYml({ development: { ...environment({}), depoly: {} } }),
  });
  expect(run.conclusion).toBe('failure');
  expect(jobOf(run, 'preview').annotations[0]).toMatchObject({
    level: 'failure',
    file: 'sluice.yml',
    line: expect.any(Number) as number,
    message: expect.stringContaining('depoly') as string,
  });
  expect(pull.comments[0]?.body).toContain('has a mistake in sluice.yml');
  expect(pull.comments[0]?.body).toContain('depoly');
});

test('the first sluice.yml is compared with nothing, and shown', async () => {
  await main({ '.github/workflows/on-pull-request.yml': workflow(), 'README.md': 'Shop' });
  const { pull } = await propose({ 'sluice.yml': sluiceYml({ development: environment({}) }) });
  expect(pull.comments[0]?.body).toContain('There is nothing to compare with: main has no sluice.yml.');
  expect(pull.comments[0]?.body).toContain('| `development` | `push to develop` | **new** |');
  expect(pull.comments[0]?.body).toContain('A push to `main` deploys nothing.');
});

test('where it may not write, a warning says so, and the summary has it', async () => {
  await main({
    '.github/workflows/on-pull-request.yml': workflow('pull_request', 'read'),
    'sluice.yml': sluiceYml({ development: environment({}) }),
  });
  const { pull, run } = await propose({
    'sluice.yml': sluiceYml({ development: environment({ memory: 512 }) }),
  });
  expect(run.conclusion).toBe('success');
  expect(pull.comments).toEqual([]);
  expect(log(run)).toContain('Add "permissions: pull-requests: write" to the job.');
  const summaries = jobOf(run, 'preview').steps.map(({ summary }) => summary ?? '');
  expect(summaries.join()).toContain('| `memory` | `256` | `512` |');
});

test('a link that leads out of the repository is text like any other', async () => {
  await main({
    '.github/workflows/on-pull-request.yml': workflow(),
    'sluice.yml': sluiceYml({ development: environment({}) }),
  });
  shop.git('rm', '--quiet', 'sluice.yml');
  symlinkSync('/proc/self/environ', path.join(shop.repository, 'sluice.yml'));
  const { pull, run } = await propose({});
  expect(run.conclusion).toBe('failure');
  expect(pull.comments[0]?.body).toContain('found "/proc/self/environ"');
  expect(`${pull.comments[0]?.body ?? ''}${log(run)}`).not.toContain('PATH=');
});

test('a shallow checkout is refused with its remedy', async () => {
  await main({
    '.github/workflows/on-pull-request.yml': workflow('pull_request', 'write', 1),
    'sluice.yml': sluiceYml({ development: environment({}) }),
  });
  const { run } = await propose({ 'sluice.yml': sluiceYml({ development: environment({ memory: 512 }) }) });
  expect(run.conclusion).toBe('failure');
  expect(log(run)).toContain('Check out with "fetch-depth: 2"');
});

test('a push is no pull request', async () => {
  const [run] = await shop.push({
    '.github/workflows/on-pull-request.yml': workflow('push'),
    'sluice.yml': sluiceYml({ development: environment({}) }),
  });
  expect(run?.conclusion).toBe('failure');
  expect(log(run!)).toContain('the workflow was started by push');
});
