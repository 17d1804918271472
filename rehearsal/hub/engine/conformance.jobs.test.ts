import type { Rehearsed } from './engine.fixture.ts';
import { conclusions, logOf, rehearse } from './engine.fixture.ts';

/** A workflow, and what GitHub documents that becomes of it. */
interface Documented {
  readonly says: string;
  /** The page of docs.github.com, or the place in GitHub's own code. */
  readonly source: string;
  readonly head?: string;
  readonly jobs: string;
  /** Other files of the commit. */
  readonly files?: Readonly<Record<string, string>>;
  readonly ends: Readonly<Record<string, string>>;
  /** Lines that a job's log has, by the job's key. */
  readonly prints?: Readonly<Record<string, readonly string[]>>;
}

const ok = "runs-on: x, steps: [{ run: 'true' }]";
const fails = 'runs-on: x, steps: [{ run: exit 1 }]';

const needs = 'Workflow syntax: jobs.<job_id>.needs';
const statusChecks = 'Evaluate expressions: status check functions';
const matrix = 'Running variations of jobs in a workflow';
const reuse = 'Reusing workflow configurations';
const variables = 'Store information in variables';
const contexts = 'Contexts reference';

const documented: readonly Documented[] = [
  {
    says: 'a job whose condition does not hold is skipped, and so is what needs it, and what needs that',
    source: needs,
    jobs: `
  a: { if: false, ${ok} }
  b: { needs: a, ${ok} }
  c: { needs: b, ${ok} }
  d: { needs: c, if: always(), runs-on: x, steps: [{ run: 'echo "c was \${{ needs.c.result }}"' }] }
  e: { needs: d, ${ok} }
  f: { needs: d, if: "needs.d.result == 'success'", ${ok} }
  g: { needs: d, if: "always() && needs.d.result == 'success'", ${ok} }
  h: { needs: d, if: "!cancelled()", ${ok} }
`,
    ends: {
      run: 'success',
      a: 'skipped',
      b: 'skipped',
      c: 'skipped',
      d: 'success',
      // An implicit success() asks all that came before, not the direct needs alone (actions/runner#491).
      e: 'skipped',
      f: 'skipped',
      g: 'success',
      h: 'success',
    },
    prints: { d: ['c was skipped'] },
  },
  {
    says: 'failure() is true where any ancestor failed; success() asks that none did',
    source: statusChecks,
    jobs: `
  a: { ${fails} }
  b: { needs: a, if: failure(), ${ok} }
  c: { needs: b, if: failure(), ${ok} }
  d: { needs: b, ${ok} }
  e: { needs: b, if: success(), ${ok} }
  f: { needs: a, if: cancelled(), ${ok} }
  g: { needs: a, if: "failure() && github.ref_name == 'main'", ${ok} }
  h: { ${ok} }
  i: { needs: h, if: failure(), ${ok} }
`,
    ends: {
      run: 'failure',
      a: 'failure',
      b: 'success',
      c: 'success',
      d: 'skipped',
      e: 'skipped',
      f: 'skipped',
      g: 'skipped',
      h: 'success',
      i: 'skipped',
    },
  },
  {
    says: 'a job with continue-on-error fails without failing the run, and counts as a success for what needs it',
    source: 'Workflow syntax: jobs.<job_id>.continue-on-error',
    jobs: `
  a: { continue-on-error: true, ${fails} }
  b: { needs: a, runs-on: x, steps: [{ run: 'echo "a: \${{ needs.a.result }}"' }] }
  c:
    continue-on-error: \${{ matrix.experimental }}
    strategy: { max-parallel: 1, matrix: { experimental: [true, false] } }
    runs-on: x
    steps: [{ run: 'if [ \${{ matrix.experimental }} = true ]; then exit 1; fi' }]
`,
    ends: { run: 'success', a: 'failure', b: 'success', 'c (true)': 'failure', 'c (false)': 'success' },
    prints: { b: ['a: success'] },
  },
  {
    says: 'needs holds the direct needs alone, each with its result and its outputs',
    source: contexts,
    jobs: `
  a: { outputs: { o: 'from a' }, ${ok} }
  b: { needs: a, outputs: { o: '\${{ needs.a.outputs.o }} by b', nothing: '' }, ${ok} }
  c: { needs: b, runs-on: x, steps: [{ env: { N: '\${{ toJSON(needs) }}' }, run: 'echo "$N" | tr -d "\\n "' }] }
`,
    ends: { run: 'success', a: 'success', b: 'success', c: 'success' },
    prints: { c: ['{"b":{"result":"success","outputs":{"o":"fromabyb"}}}'] },
  },
  {
    says: 'include extends the combinations whose own values it leaves, and is one of its own where it fits none',
    source: matrix,
    jobs: `
  m:
    strategy:
      matrix:
        fruit: [apple, pear]
        animal: [cat, dog]
        include:
          - { color: green }
          - { color: pink, animal: cat }
          - { fruit: apple, shape: circle }
          - { fruit: banana }
          - { fruit: banana, animal: cat }
    runs-on: x
    steps: [{ env: { M: '\${{ toJSON(matrix) }}' }, run: 'echo "$M" | tr -d "\\n "' }]
`,
    ends: {
      run: 'success',
      'm (apple, cat)': 'success',
      'm (apple, dog)': 'success',
      'm (pear, cat)': 'success',
      'm (pear, dog)': 'success',
      'm (banana)': 'success',
      'm (banana, cat)': 'success',
    },
    prints: {
      'm (apple, cat)': ['{"fruit":"apple","animal":"cat","color":"pink","shape":"circle"}'],
      'm (banana)': ['{"fruit":"banana"}'],
    },
  },
  {
    says: 'exclude takes out whatever it partly matches, before include adds',
    source: matrix,
    jobs: `
  m:
    strategy:
      matrix:
        os: [mac, win]
        version: [12, 14]
        environment: [staging, production]
        exclude:
          - { os: mac, version: 12, environment: production }
          - { os: win }
        include: [{ os: win, version: 14 }]
    ${ok.replace(', ', '\n    ')}
`,
    ends: {
      run: 'success',
      'm (mac, 12, staging)': 'success',
      'm (mac, 14, staging)': 'success',
      'm (mac, 14, production)': 'success',
      'm (win, 14)': 'success',
    },
  },
  {
    says: 'a matrix fails fast: what still runs or waits is cancelled, and the matrix has failed',
    source: 'Workflow syntax: jobs.<job_id>.strategy.fail-fast',
    jobs: `
  m:
    strategy: { max-parallel: 1, matrix: { n: [1, 2, 3] } }
    runs-on: x
    steps: [{ run: 'exit \${{ matrix.n }}' }]
  after: { needs: m, if: always(), runs-on: x, steps: [{ run: 'echo "m: \${{ needs.m.result }}"' }] }
`,
    ends: {
      run: 'failure',
      'm (1)': 'failure',
      'm (2)': 'cancelled',
      'm (3)': 'cancelled',
      after: 'success',
    },
    prints: { after: ['m: failure'] },
  },
  {
    says: 'a matrix of objects, one made by an earlier job, and names that show its values themselves',
    source: matrix,
    jobs: `
  plan: { outputs: { m: '{"config":[{"name":"a","n":1},{"name":"b","n":2}]}' }, ${ok} }
  m:
    needs: plan
    name: Say \${{ matrix.config.name }}
    strategy: { matrix: '\${{ fromJSON(needs.plan.outputs.m) }}' }
    runs-on: x
    steps: [{ run: 'echo "\${{ matrix.config.n }} of \${{ strategy.job-total }}, \${{ strategy.job-index }}, \${{ strategy.fail-fast }}"' }]
`,
    ends: { run: 'success', plan: 'success', 'Say a': 'success', 'Say b': 'success' },
    prints: { 'Say a': ['1 of 2, 0, true'], 'Say b': ['2 of 2, 1, true'] },
  },
  {
    says: 'the most specific variable wins: the step, the job, the workflow; and env follows GITHUB_ENV',
    source: variables,
    head: 'env: { A: workflow, B: workflow, C: workflow, D: workflow }',
    jobs: `
  a:
    env: { B: job, C: job }
    runs-on: x
    steps:
      - { env: { C: step }, run: 'echo "$A $B $C, \${{ env.A }} \${{ env.B }} \${{ env.C }}"' }
      - { run: 'echo "D=file" >> "$GITHUB_ENV"; echo "C=file" >> "$GITHUB_ENV"; echo "not yet: $D \${{ env.D }}"' }
      - { env: { C: step }, run: 'echo "$D $C \${{ env.D }} \${{ env.C }}"' }
  b: { runs-on: x, steps: [{ run: 'echo "another job: $D"' }] }
`,
    ends: { run: 'success', a: 'success', b: 'success' },
    prints: {
      a: ['workflow job step, workflow job step', 'not yet: workflow workflow', 'file step file step'],
      b: ['another job: workflow'],
    },
  },
  {
    says: "a called workflow sees none of its caller's env, the repository's vars, and its caller's event",
    source: reuse,
    head: 'env: { CALLERS: secret }',
    files: {
      '.github/workflows/called.yml': `
on: { workflow_call: { inputs: { who: { type: string } }, outputs: { said: { value: '\${{ jobs.say.outputs.said }}' } } } }
env: { OWN: here }
jobs:
  say:
    runs-on: x
    outputs: { said: '\${{ steps.s.outputs.said }}' }
    steps:
      - id: s
        run: |
          echo "[$CALLERS] [$OWN] [\${{ vars.PLACE }}] [\${{ github.event_name }}] [\${{ inputs.who }}]"
          echo "said=hello" >> "$GITHUB_OUTPUT"
`,
    },
    jobs: `
  call: { uses: ./.github/workflows/called.yml, with: { who: ada } }
  after: { needs: call, runs-on: x, steps: [{ run: 'echo "\${{ needs.call.outputs.said }} \${{ needs.call.result }}"' }] }
`,
    ends: { run: 'success', 'call / say': 'success', after: 'success' },
    prints: { 'call / say': ['[] [here] [Utrecht] [push] [ada]'], after: ['hello success'] },
  },
  {
    says: 'permissions narrow on the way down: a called job has what its caller gives, or less that it asks for',
    source: reuse,
    head: 'permissions: { contents: write, issues: write }',
    files: {
      '.github/workflows/called.yml': `
on: workflow_call
jobs:
  all: { ${ok} }
  less: { permissions: { issues: read }, ${ok} }
`,
    },
    jobs: `
  call: { uses: ./.github/workflows/called.yml, permissions: { issues: write } }
  own: { permissions: {}, ${ok} }
  whole: { ${ok} }
`,
    ends: {
      run: 'success',
      'call / all': 'success',
      'call / less': 'success',
      own: 'success',
      whole: 'success',
    },
    prints: {
      'call / all': ['issues: write'],
      'call / less': ['issues: read'],
      whole: ['contents: write', 'issues: write'],
    },
  },
  {
    says: 'a secret that a caller does not hand down is empty; GITHUB_TOKEN is always there',
    source: reuse,
    files: {
      '.github/workflows/called.yml': `
on: { workflow_call: { secrets: { GIVEN: { required: true }, T: {} } } }
jobs:
  say:
    runs-on: x
    steps:
      - run: 'echo "[\${{ secrets.KEPT }}] [\${{ secrets.GIVEN != null }}] [\${{ secrets.GITHUB_TOKEN == github.token }} \${{ secrets.T == github.token }}]"'
`,
    },
    jobs: `
  call: { uses: ./.github/workflows/called.yml, secrets: { GIVEN: '\${{ secrets.KEPT }}', T: '\${{ secrets.GITHUB_TOKEN }}' } }
  own: { runs-on: x, steps: [{ run: 'echo "[\${{ secrets.GITHUB_TOKEN == github.token }}] [\${{ secrets.nothing }}]"' }] }
`,
    ends: { run: 'success', 'call / say': 'success', own: 'success' },
    prints: { 'call / say': ['[] [true] [true true]'], own: ['[true] []'] },
  },
  {
    says: "a step's shell and folder come before the job's defaults, and those before the workflow's",
    source: 'Workflow syntax: defaults.run',
    head: 'defaults: { run: { shell: bash } }',
    jobs: `
  a: { runs-on: x, steps: [{ run: 'false | true' }] }
  b: { runs-on: x, defaults: { run: { shell: sh } }, steps: [{ run: 'false | true' }] }
  c: { runs-on: x, steps: [{ shell: sh, run: 'false | true' }] }
`,
    ends: { run: 'failure', a: 'failure', b: 'success', c: 'success' },
  },
];

let shop: Rehearsed;
beforeAll(async () => {
  shop = await rehearse();
  shop.hub.variables.PLACE = 'Utrecht';
  shop.hub.secrets.KEPT = 'correct-horse';
});
afterAll(() => shop.end());

test.each(documented)('$says ($source)', async ({ head = '', jobs, files = {}, ends, prints = {} }) => {
  const [run] = await shop.push({ '.github/workflows/ci.yml': `on: push\n${head}\njobs:${jobs}`, ...files });

  expect(run?.problem).toBeUndefined();
  const byName = Object.fromEntries((run?.jobs ?? []).map((job) => [job.name, job.conclusion]));
  expect({ run: conclusions(run).run, ...byName }).toEqual(ends);
  for (const [name, lines] of Object.entries(prints)) {
    const job = run?.jobs.find((candidate) => candidate.name === name);
    expect(job && logOf(shop, job).split('\n')).toEqual(expect.arrayContaining([...lines]));
  }
});
