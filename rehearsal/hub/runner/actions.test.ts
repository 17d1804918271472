import type { Rehearsed } from '../engine/engine.fixture.ts';
import { conclusions, jobOf, logOf, rehearse } from '../engine/engine.fixture.ts';

let shop: Rehearsed;
beforeEach(async () => {
  shop = await rehearse();
});
afterEach(() => shop.end());

const steps = (list: string): Record<string, string> => ({
  '.github/workflows/ci.yml': `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n${list}`,
});

/** An action that prints what it was given, in each of its parts. */
const talkative = (extra = ''): Record<string, string> => ({
  'actions/talk/action.yml': `
name: Talk
inputs:
  who: { description: Whom to greet, default: '\${{ github.actor }}' }
  old: { description: An old name, deprecationMessage: use who }
outputs: { said: { description: What it said } }
runs: { using: node24, main: main.mjs, post: post.mjs${extra} }
`,
  'actions/talk/main.mjs': `
import { appendFileSync } from 'node:fs';
console.log('main for', process.env.INPUT_WHO, 'at', process.env.GITHUB_ACTION_PATH.endsWith('actions/talk'), process.env.GITHUB_ACTION_REPOSITORY);
console.log('pre left', process.env.STATE_pre ?? 'nothing');
appendFileSync(process.env.GITHUB_STATE, 'who=' + process.env.INPUT_WHO + '\\n');
appendFileSync(process.env.GITHUB_OUTPUT, 'said=hello ' + process.env.INPUT_WHO + '\\n');
`,
  'actions/talk/post.mjs': "console.log('post for', process.env.STATE_who);\n",
  'actions/talk/pre.mjs':
    "import { appendFileSync } from 'node:fs';\nconsole.log('pre', process.env.INPUT_WHO);\nappendFileSync(process.env.GITHUB_STATE, 'pre=something\\n');\n",
});

test('node actions: inputs, defaults, outputs, state; posts come last, in reverse', async () => {
  const [run] = await shop.push({
    ...talkative(),
    ...steps(`
      - { id: one, uses: $/actions/talk }
      - { name: Second, uses: $/./actions/talk, with: { who: Grace, old: x, typo: y } }
      - run: echo "\${{ steps.one.outputs.said }}"
`),
  });
  const job = jobOf(run, 'a');
  expect(job.steps.map((step) => [step.name, step.conclusion])).toEqual([
    ['Set up job', 'success'],
    ['Run $/actions/talk', 'success'],
    ['Second', 'success'],
    ['Run echo "hello ada"', 'success'],
    ['Post Second', 'success'],
    ['Post Run $/actions/talk', 'success'],
    ['Complete job', 'success'],
  ]);
  const log = logOf(shop, job);
  expect(log).toContain('main for ada at true rehearsal/shop');
  expect(log.indexOf('post for Grace')).toBeGreaterThan(log.indexOf('hello ada'));
  expect(log.indexOf('post for ada')).toBeGreaterThan(log.indexOf('post for Grace'));
  expect(job.annotations.map((annotation) => annotation.message)).toEqual([
    "Input 'old' has been deprecated with message: use who",
    "Unexpected input(s) 'typo', valid inputs are ['who', 'old']",
  ]);
});

test('pre runs before the first step, and hands its state on; post-if decides', async () => {
  const [run] = await shop.push({
    ...talkative(', pre: pre.mjs, post-if: failure()'),
    ...steps(`
      - run: echo first
      - { uses: $/actions/talk }
`),
  });
  const job = jobOf(run, 'a');
  expect(job.steps.map((step) => [step.number, step.name, step.conclusion])).toEqual([
    [1, 'Set up job', 'success'],
    [2, 'Pre Run $/actions/talk', 'success'],
    [3, 'Run echo first', 'success'],
    [4, 'Run $/actions/talk', 'success'],
    [5, 'Post Run $/actions/talk', 'skipped'],
    [6, 'Complete job', 'success'],
  ]);
  expect(logOf(shop, job)).toContain('pre left something');
});

test('composite actions: nested $/, own steps and inputs, outputs, env, always() within', async () => {
  const [run] = await shop.push({
    ...talkative(),
    'actions/outer/action.yml': `
name: Outer
inputs: { who: { description: Whom, required: true } }
outputs:
  said: { description: What, value: '\${{ steps.inner.outputs.said }}!' }
runs:
  using: composite
  steps:
    - { id: inner, uses: $/actions/talk, with: { who: '\${{ inputs.who }}' } }
    - { shell: bash, env: { GREETING: hi }, run: 'echo "$GREETING $AROUND; outer steps: \${{ steps.before.outputs.x }}." ; echo "## From inside" >> "$GITHUB_STEP_SUMMARY"' }
    - { if: inputs.who == 'nobody', shell: bash, run: exit 4 }
    - { shell: bash, run: echo after the failure }
    - { if: always(), shell: bash, run: 'echo "always, $(basename "$GITHUB_ACTION_PATH")"' }
`,
    ...steps(`
      - { id: before, run: 'echo x=1 >> "$GITHUB_OUTPUT"' }
      - { id: good, env: { AROUND: all }, uses: $/actions/outer, with: { who: Grace } }
      - { id: bad, continue-on-error: true, uses: $/actions/outer, with: { who: nobody } }
      - run: echo "\${{ steps.good.outputs.said }} \${{ steps.bad.outcome }} \${{ steps.inner.outputs.said }}."
`),
  });
  const job = jobOf(run, 'a');
  const log = logOf(shop, job);
  expect(run?.conclusion).toBe('success');
  expect(log).toContain('hi all; outer steps: .');
  expect(log).toContain('hello Grace! failure .');
  expect(log.match(/^always, outer$/gm)).toHaveLength(2);
  expect(log.match(/^after the failure$/gm)).toHaveLength(1);
  expect(job.steps[2]?.summary).toBe('## From inside\n');
  expect(job.steps.map((step) => step.name).slice(5)).toEqual([
    'Post Run $/actions/outer',
    'Post Run $/actions/outer',
    'Complete job',
  ]);
});

test('$/ is the commit that runs, ./ is the workspace', async () => {
  const [run] = await shop.push({
    ...talkative(),
    ...steps(`
      - { continue-on-error: true, id: missing, uses: ./actions/talk }
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
      - { uses: ./actions/talk, with: { who: workspace } }
      - run: |
          echo "\${{ steps.missing.outcome }} $(git rev-parse HEAD) $(git status --porcelain | wc -l) $(git branch --show-current)"
`),
  });
  const job = jobOf(run, 'a');
  expect(run?.conclusion).toBe('success');
  expect(job.annotations[0]?.message).toContain('Did you forget to run actions/checkout before it?');
  expect(logOf(shop, job)).toContain('main for workspace');
  expect(logOf(shop, job)).toContain(`failure ${run?.sha ?? ''} 0 develop`);
  expect(logOf(shop, job)).toContain("The rehearsal's stand-in for actions/checkout@3d3c42e5");
});

test('a commit is checked out and built once for all its jobs, and a failing build fails the job with its log', async () => {
  await shop.end();
  const built: string[] = [];
  shop = await rehearse({
    actionBuilder: (folder, { log }) => {
      built.push(folder);
      log('building');
      return built.length > 1 ? Promise.reject(new Error('it does not compile')) : Promise.resolve();
    },
  });
  const files = {
    ...talkative(),
    '.github/workflows/ci.yml':
      'on: push\njobs:\n  a: { runs-on: x, steps: [{ uses: $/actions/talk }] }\n  b: { runs-on: x, steps: [{ uses: $/actions/talk }] }\n',
  };
  const [run] = await shop.push(files);
  expect(conclusions(run)).toEqual({ run: 'success', a: 'success', b: 'success' });
  expect(built).toHaveLength(1);

  const [second] = await shop.push({ 'x.txt': '' });
  expect(second?.conclusion).toBe('failure');
  const failed = jobOf(second, 'a');
  expect(failed.steps[0]?.conclusion).toBe('failure');
  expect(shop.hub.logOf(failed.id).map((line) => line.text)).toContain('it does not compile');
});

test('an action that cannot be read or is of another kind is refused with its name', async () => {
  const [run] = await shop.push({
    'actions/docker/action.yml': 'name: D\nruns: { using: docker, image: Dockerfile }\n',
    ...steps('      - { uses: $/actions/docker }\n'),
  });
  expect(jobOf(run, 'a').annotations[0]?.message).toBe(
    '$/actions/docker/action.yml: runs.using is "docker"; the rehearsal runs composite, node20 and node24 actions.',
  );
});

test('GITHUB_PATH, GITHUB_ENV and their limits', async () => {
  const [run] = await shop.push(
    steps(`
      - run: |
          mkdir bin; printf '#!/bin/sh\\necho tool of ours\\n' > bin/tool; chmod +x bin/tool
          echo "$PWD/bin" >> "$GITHUB_PATH"
          printf 'MULTI<<X\\na\\nb\\nX\\nGITHUB_SHA=forged\\n' >> "$GITHUB_ENV"
      - run: tool; echo "$MULTI"; echo "$GITHUB_SHA"
      - { continue-on-error: true, run: 'echo NODE_OPTIONS=--inspect >> "$GITHUB_ENV"' }
      - { continue-on-error: true, run: 'echo nonsense >> "$GITHUB_OUTPUT"' }
      - { continue-on-error: true, run: 'head -c 1048577 /dev/zero | tr "\\0" x >> "$GITHUB_STEP_SUMMARY"' }
`),
  );
  const job = jobOf(run, 'a');
  expect(logOf(shop, job)).toContain('tool of ours\na\nb\n' + (run?.sha ?? ''));
  expect(job.annotations.map((annotation) => annotation.message)).toEqual([
    "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",
    "Unable to process file command 'output' successfully.",
    "Invalid format 'nonsense'",
    expect.stringMatching(/^\$GITHUB_STEP_SUMMARY upload aborted, .* 1024k, got 1024k\. /),
  ]);
  expect(job.steps.some((step) => step.summary !== undefined)).toBe(false);
});

test('hashFiles and step conditions on the env', async () => {
  const [run] = await shop.push({
    'a/package-lock.json': '{}',
    ...steps(`
      - uses: actions/checkout@v4
      - run: echo "hash \${{ hashFiles('**/package-lock.json') }} none \${{ hashFiles('nothing') }}."
      - { env: { GO: 'yes' }, if: env.GO == 'yes', run: echo went }
`),
  });
  expect(logOf(shop, jobOf(run, 'a'))).toMatch(/hash [0-9a-f]{64} none \./);
  expect(logOf(shop, jobOf(run, 'a'))).toContain('\nwent');
});
