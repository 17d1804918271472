import type { Rehearsed } from './engine.fixture.ts';
import { conclusions, jobOf, logOf, rehearse } from './engine.fixture.ts';

let shop: Rehearsed;
beforeEach(async () => {
  shop = await rehearse();
});
afterEach(() => shop.end());

const caller = (job: string, head = 'permissions: { contents: read, id-token: write }') => ({
  '.github/workflows/on-push.yml': `name: On push\non: push\n${head}\njobs:\n  development:\n    name: Development\n${job}`,
});

const reusable = `
name: Development
on:
  workflow_call:
    inputs:
      environment: { type: string, default: development }
      count: { type: number, required: true }
      dry: { type: boolean }
    secrets:
      KEY: { required: true }
    outputs:
      url: { value: '\${{ jobs.deploy.outputs.url }}' }
permissions: {}
jobs:
  plan:
    name: Plan
    runs-on: x
    steps:
      - run: echo "\${{ inputs.environment }} \${{ inputs.count == 3 }} \${{ inputs.dry == false }} \${{ github.workflow }}"
  deploy:
    name: Deploy to \${{ inputs.environment }}
    needs: plan
    runs-on: x
    permissions: { id-token: write }
    outputs: { url: '\${{ steps.s.outputs.url }}' }
    steps:
      - { id: s, env: { KEY: '\${{ secrets.KEY }}' }, run: 'echo "url=http://x/\${#KEY}" >> "$GITHUB_OUTPUT"' }
`;

test('a reusable workflow: inputs, secrets, outputs, names, keys, and the graph around it', async () => {
  shop.hub.secrets.DEV_KEY = 'five5';
  const [run] = await shop.push({
    ...caller(`
    uses: $/.github/workflows/development.yml
    with: { count: 3 }
    secrets: { KEY: '\${{ secrets.DEV_KEY }}' }
  after:
    needs: development
    runs-on: x
    steps: [{ run: 'echo "\${{ needs.development.outputs.url }} \${{ needs.development.result }}"' }]
`),
    '.github/workflows/development.yml': reusable,
  });
  expect(run?.problem).toBeUndefined();
  expect(run?.jobs.map((job) => [job.key, job.name, job.needs, job.conclusion])).toEqual([
    ['development.plan', 'Development / Plan', [], 'success'],
    ['development.deploy', 'Development / Deploy to development', ['development.plan'], 'success'],
    ['after', 'after', ['development.deploy'], 'success'],
  ]);
  expect(logOf(shop, jobOf(run, 'development.plan'))).toContain('development true true On push');
  expect(logOf(shop, jobOf(run, 'after'))).toContain('http://x/5 success');
});

test('what is wrong with a call is found before anything runs, all of it at once', async () => {
  const [run] = await shop.push({
    ...caller(
      `
    uses: ./.github/workflows/development.yml
    with: { cuont: 3 }
  missing:
    uses: $/.github/workflows/nowhere.yml
  elsewhere:
    uses: someone/else/.github/workflows/a.yml@v1
`,
      'permissions: { contents: read }',
    ),
    '.github/workflows/development.yml': reusable,
  });
  expect(run?.conclusion).toBe('failure');
  expect(run?.jobs).toEqual([]);
  expect(run?.problem?.split('\n')).toEqual([
    ".github/workflows/development.yml: the nested job 'deploy' is requesting 'id-token: write', but is only allowed 'id-token: none'. Grant it in the calling job's permissions.",
    ".github/workflows/on-push.yml: job 'development', uses: ./.github/workflows/development.yml: Input count is required, but not provided while calling.",
    ".github/workflows/on-push.yml: job 'development', uses: ./.github/workflows/development.yml: Invalid input, cuont is not defined in the referenced workflow.",
    ".github/workflows/on-push.yml: job 'development', uses: ./.github/workflows/development.yml: Secret KEY is required, but not provided while calling.",
    '.github/workflows/nowhere.yml is not in rehearsal/shop at ' + (run?.sha.slice(0, 7) ?? '') + '.',
    ".github/workflows/on-push.yml: job 'elsewhere', uses: someone/else/.github/workflows/a.yml@v1: the workflow lives in someone/else, which is not on this machine.",
  ]);
});

test('a called workflow that does not parse is named with line and column', async () => {
  const [run] = await shop.push({
    ...caller('    uses: $/.github/workflows/inner.yml\n'),
    '.github/workflows/inner.yml': 'on: workflow_call\njobs:\n  a:\n    runs_on: x\n    steps: []\n',
  });
  expect(run?.problem).toContain(".github/workflows/inner.yml (Line: 4, Col: 5): Unexpected value 'runs_on'");
});

test('a failing job within fails the calling job; a skipped call skips its jobs', async () => {
  const [run] = await shop.push({
    ...caller(`
    uses: $/.github/workflows/inner.yml
  after: { needs: development, runs-on: x, steps: [{ run: 'true' }] }
  off:
    if: github.ref_name == 'main'
    uses: $/.github/workflows/inner.yml
`),
    '.github/workflows/inner.yml':
      "on: workflow_call\njobs:\n  a: { runs-on: x, steps: [{ run: exit 1 }] }\n  b: { needs: a, runs-on: x, steps: [{ run: 'true' }] }\n",
  });
  expect(conclusions(run)).toEqual({
    run: 'failure',
    'development.a': 'failure',
    'development.b': 'skipped',
    after: 'skipped',
    'off.a': 'skipped',
    'off.b': 'skipped',
  });
});

test('secrets: inherit hands everything down, two calls deep; a matrix of calls', async () => {
  shop.hub.secrets.WORD = 'xyzzy';
  const [run] = await shop.push({
    ...caller(`
    strategy: { matrix: { region: [eu, us] } }
    uses: $/.github/workflows/outer.yml
    with: { region: '\${{ matrix.region }}' }
    secrets: inherit
`),
    '.github/workflows/outer.yml':
      "on: { workflow_call: { inputs: { region: { type: string } } } }\njobs:\n  inner: { uses: ./.github/workflows/inner.yml, with: { region: '${{ inputs.region }}' }, secrets: inherit }\n",
    '.github/workflows/inner.yml':
      "on: { workflow_call: { inputs: { region: { type: string } } } }\njobs:\n  say: { runs-on: x, steps: [{ env: { W: '${{ secrets.WORD }}' }, run: 'echo \"${{ inputs.region }} ${#W}\"' }] }\n",
  });
  expect(run?.jobs.map((job) => [job.key, job.name, job.conclusion])).toEqual([
    ['development.inner.say', 'Development (eu) / inner / say', 'success'],
    ['development.inner.say', 'Development (us) / inner / say', 'success'],
  ]);
  expect(logOf(shop, run!.jobs[0]!)).toContain('eu 5');
  expect(logOf(shop, run!.jobs[1]!)).toContain('us 5');
});

test('OWNER/repository@ref of a repository on this machine: its workflow, and $/ within it, at that ref', async () => {
  const pack = await rehearse();
  const said: string[] = [];
  try {
    await pack.start(
      {
        'actions/hello/action.yml':
          'name: Hello\nruns: { using: composite, steps: [{ shell: bash, run: echo hello from v1 }] }\n',
        '.github/workflows/deploy.yml':
          'on: workflow_call\njobs:\n  a: { runs-on: x, steps: [{ uses: $/actions/hello }, { run: ls }] }\n',
      },
      'refs/heads/main',
    );
    pack.git('tag', 'v1');
    pack.git('push', '--quiet', 'rehearsal', 'v1');
    await shop.end();
    shop = await rehearse({
      repositories: [{ name: 'sluice', gitDirectory: pack.hub.repository.gitDirectory }],
      log: (line) => said.push(line),
    });
    const [run] = await shop.push(caller('    uses: acme/sluice/.github/workflows/deploy.yml@v1\n'));
    expect(conclusions(run)).toEqual({ run: 'success', 'development.a': 'success' });
    expect(logOf(shop, jobOf(run, 'development.a'))).toContain('hello from v1');

    const [second] = await shop.push(caller('    uses: acme/sluice/.github/workflows/deploy.yml@v9\n'));
    expect(second?.conclusion).toBe('success');
    expect(said).toEqual([
      expect.stringMatching(/^acme\/sluice@v9 is not in .*; its present commit [0-9a-f]{7} is used\.$/),
    ]);
  } finally {
    await pack.end();
  }
});
