import type { Rehearsed } from './engine.fixture.ts';
import { jobOf, logOf, rehearse } from './engine.fixture.ts';

/** Steps of one job, and what GitHub documents that becomes of them. */
interface Documented {
  readonly says: string;
  /** The page of docs.github.com, or the place in GitHub's own code. */
  readonly source: string;
  readonly steps: string;
  readonly files?: Readonly<Record<string, string>>;
  /** The job, then its own steps, without those that set it up and clean up. */
  readonly ends: readonly string[];
  readonly prints?: readonly string[];
  /** What is nowhere in its log. */
  readonly hides?: readonly string[];
  /** Messages of its annotations. */
  readonly annotates?: readonly string[];
}

const composite = (steps: string, more = ''): Record<string, string> => ({
  'actions/inner/action.yml': `name: Inner\n${more}\nruns:\n  using: composite\n  steps:${steps}`,
});

const documented: readonly Documented[] = [
  {
    says: 'after a failure only steps that ask for it run; outcome is before continue-on-error, conclusion after',
    source: 'Evaluate expressions: status check functions; Contexts reference: steps',
    steps: `
      - { id: soft, continue-on-error: true, run: exit 1 }
      - { run: 'echo "\${{ steps.soft.outcome }} \${{ steps.soft.conclusion }} \${{ job.status }}"' }
      - { id: hard, run: exit 2 }
      - { id: not, run: 'true' }
      - { if: failure(), run: 'echo "\${{ steps.hard.outcome }} \${{ steps.not.outcome }} \${{ job.status }}"' }
      - { if: cancelled(), run: 'true' }
      - { if: "success() || steps.hard.outcome == 'failure'", run: 'true' }
      - { if: "steps.hard.outcome == 'failure'", run: 'true' }
      - { if: always(), run: 'true' }
      - { if: '\${{ !cancelled() }}', run: 'true' }
`,
    ends: [
      'failure',
      'success',
      'success',
      'failure',
      'skipped',
      'success',
      'skipped',
      'success',
      'skipped',
      'success',
      'success',
    ],
    prints: ['failure success success', 'failure skipped failure'],
    annotates: ['Process completed with exit code 1.', 'Process completed with exit code 2.'],
  },
  {
    says: "a composite action's steps ask how the action fares, not the job; its outputs come out even where it fails",
    source: 'SuccessFunction.cs and FailureFunction.cs of actions/runner',
    files: composite(
      `
    - { shell: bash, if: failure(), run: echo the job had failed }
    - { shell: bash, run: echo the action has not }
    - { shell: bash, id: s, run: 'echo "o=1" >> "$GITHUB_OUTPUT"; exit 1' }
    - { shell: bash, run: echo never }
    - { shell: bash, if: failure(), run: echo now the action has }
`,
      "outputs: { o: { value: '${{ steps.s.outputs.o }}' } }",
    ),
    steps: `
      - run: exit 1
      - { if: always(), id: c, uses: $/actions/inner }
      - { if: always(), run: 'echo "o is \${{ steps.c.outputs.o }}, \${{ steps.c.outcome }}"' }
`,
    ends: ['failure', 'failure', 'failure', 'success'],
    prints: ['the action has not', 'now the action has', 'o is 1, failure'],
  },
  {
    says: 'continue-on-error within a composite action; its inputs as text; GITHUB_ENV and GITHUB_PATH outlive it',
    source: 'Metadata syntax reference: runs for composite actions',
    files: composite(
      `
    - { shell: bash, id: s, continue-on-error: true, run: exit 1 }
    - { shell: bash, run: 'echo "\${{ steps.s.outcome }} \${{ steps.s.conclusion }} \${{ inputs.flag }} \${{ inputs.flag == true }} [$INPUT_FLAG]"' }
    - { shell: bash, run: 'echo "FROM_INNER=yes" >> "$GITHUB_ENV"; mkdir -p "$RUNNER_TEMP/bin"; printf "#!/bin/sh\\necho my own tool\\n" > "$RUNNER_TEMP/bin/my-tool"; chmod +x "$RUNNER_TEMP/bin/my-tool"; echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"' }
`,
      'inputs: { flag: { default: true } }',
    ),
    steps: `
      - { uses: $/actions/inner }
      - run: echo "$FROM_INNER \${{ env.FROM_INNER }}"; my-tool
      - run: echo "[\${{ steps.s.outcome }}]"
`,
    ends: ['success', 'success', 'success', 'success'],
    prints: ['failure success true false []', 'yes yes', 'my own tool', '[]'],
  },
  {
    says: 'bash where it is named stops at a failing pipe; the default shell does not; each stops at the first failure',
    source: 'Workflow syntax: jobs.<job_id>.steps[*].shell',
    steps: `
      - { continue-on-error: true, shell: bash, run: 'false | cat; echo one' }
      - { run: 'false | cat; echo two' }
      - { continue-on-error: true, run: 'false; echo three' }
      - { continue-on-error: true, shell: sh, run: 'false; echo four' }
      - { shell: 'bash {0}', run: 'false; echo five' }
      - { shell: 'python3 {0}', run: 'print("six")' }
`,
    ends: ['success', 'success', 'success', 'success', 'success', 'success', 'success'],
    prints: ['two', 'five', 'six'],
    annotates: [
      'Process completed with exit code 1.',
      'Process completed with exit code 1.',
      'Process completed with exit code 1.',
    ],
  },
  {
    says: 'values over several lines, with = and with <<; a carriage return is part of a value on Linux',
    source: 'FileCommandManager.cs of actions/runner',
    steps: `
      - id: s
        run: |
          printf 'json<<EOF\\n{\\n  "a=b": "x<<y"\\n}\\nEOF\\nurl=http://x/?a=b<<c\\nempty=\\ncr=1\\r\\n' >> "$GITHUB_OUTPUT"
          printf 'WORDS<<--\\none\\ntwo\\n--\\n' >> "$GITHUB_ENV"
      - env: { O: '\${{ toJSON(steps.s.outputs) }}' }
        run: echo "$O" | tr -d '\\n '; echo; echo "$WORDS" | wc -l | tr -d ' '
`,
    ends: ['success', 'success', 'success'],
    prints: [
      String.raw`{"json":"{\n\"a=b\":\"x<<y\"\n}","url":"http://x/?a=b<<c","empty":"","cr":"1\r"}`,
      '2',
    ],
  },
  {
    says: 'a command file that cannot be read fails its step',
    source: 'FileCommandManager.cs of actions/runner',
    steps: `
      - { continue-on-error: true, run: 'echo "no separator" >> "$GITHUB_OUTPUT"' }
      - { continue-on-error: true, run: 'printf "a<<EOF\\nx\\n" >> "$GITHUB_ENV"' }
`,
    ends: ['success', 'success', 'success'],
    annotates: [
      "Unable to process file command 'output' successfully.",
      "Invalid format 'no separator'",
      "Unable to process file command 'env' successfully.",
      "Invalid value. Matching delimiter not found 'EOF'",
    ],
  },
  {
    says: 'NODE_OPTIONS cannot be set, and is said; GITHUB_* and RUNNER_* keep their values; CI can be changed',
    source: 'Workflow commands: setting an environment variable; SetEnvFileCommand of actions/runner',
    steps: `
      - run: |
          echo "NODE_OPTIONS=--require /tmp/x" >> "$GITHUB_ENV"
          echo "GITHUB_SHA=mine" >> "$GITHUB_ENV"
          echo "RUNNER_OS=mine" >> "$GITHUB_ENV"
          echo "CI=no" >> "$GITHUB_ENV"
          echo "AFTER=yes" >> "$GITHUB_ENV"
      - run: echo "[$NODE_OPTIONS] [\${#GITHUB_SHA}] [$([ "$RUNNER_OS" = mine ] || echo kept)] [$CI] [$AFTER]"
`,
    ends: ['success', 'success', 'success'],
    prints: ['[] [40] [kept] [no] [yes]'],
    annotates: ["Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command."],
  },
  {
    says: 'masks hide every line of a value, and the forms it takes; a masked output does not leave its job',
    source: 'Workflow commands: masking a value in a log; ValueEncoders.cs of actions/runner',
    steps: `
      - run: |
          word="$(echo ELPATS-YRETTAB | rev)"
          echo "::add-mask::$word"
          echo "a $word"; echo "in base64: $(printf "$word" | base64)"; echo "x$word" | base64
      - env: { KEY: '\${{ secrets.KEY }}' }
        run: echo "[$KEY]"; echo "$KEY" | tail -1; node -e 'console.log("json", JSON.stringify(process.env.KEY))'
`,
    ends: ['success', 'success', 'success'],
    prints: ['a ***', 'in base64: ***U=', '[***', '***]', '***', 'json "***"'],
    hides: ['BATTERY', 'QkFUVEVSW', 'first', 'second line'],
  },
  {
    says: 'commands: annotations with their place, groups, stop-commands; no command within a line, none unknown',
    source: 'Workflow commands for GitHub Actions',
    steps: `
      - run: |
          echo "::error file=app.js,line=1,col=5,endColumn=7,title=YOUR-TITLE::Missing%0Asemicolon %25"
          echo "::notice::n"
          echo "see ::warning::in a line"
          echo "::unknown::kept as it is"
          echo "::stop-commands::t"
          echo "::error::not one"
          echo "::t::"
          echo "::debug::not shown"
          echo "::WARNING::upper case"
`,
    ends: ['success', 'success'],
    prints: ['see ::warning::in a line', '::unknown::kept as it is', '::error::not one'],
    annotates: ['Missing\nsemicolon %', 'n', 'upper case'],
  },
  {
    says: 'ten annotations of a level are kept from a step, and fifty from a job',
    source: 'Workflow commands: limits of annotations, actions/toolkit, docs/problem-matchers.md',
    steps: Array.from(
      { length: 6 },
      () => `
      - run: for i in 1 2 3 4 5 6 7 8 9 10 11; do echo "::warning::w"; done
`,
    ).join(''),
    ends: ['success', 'success', 'success', 'success', 'success', 'success', 'success'],
    annotates: Array.from({ length: 50 }, () => 'w'),
  },
  {
    says: 'a summary above one MiB is not kept, which is said and fails nothing',
    source: 'Workflow commands: step isolation and limits',
    steps: `
      - run: head -c 1048577 /dev/zero | tr '\\0' 'x' >> "$GITHUB_STEP_SUMMARY"
      - run: echo kept >> "$GITHUB_STEP_SUMMARY"
`,
    ends: ['success', 'success', 'success'],
    annotates: [
      '$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1024k. For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary',
    ],
  },
  {
    says: 'a step that outlives timeout-minutes has failed',
    source: 'Workflow syntax: jobs.<job_id>.steps[*].timeout-minutes',
    steps: `
      - { id: slow, timeout-minutes: 0.002, run: sleep 30 }
      - { if: failure(), run: 'echo "\${{ steps.slow.outcome }}"' }
`,
    ends: ['failure', 'failure', 'success'],
    prints: ['failure'],
    annotates: ["The action 'Run sleep 30' has timed out after 0.002 minutes."],
  },
  {
    says: 'a folder that is not there and a shell that is not known fail the step, with their name',
    source: 'Workflow syntax: jobs.<job_id>.steps[*].working-directory',
    steps: `
      - { continue-on-error: true, working-directory: nowhere, run: 'true' }
      - { continue-on-error: true, shell: fish, run: 'true' }
`,
    ends: ['success', 'success', 'success'],
    annotates: [
      expect.stringMatching(/working directory .*nowhere is not there/) as string,
      expect.stringContaining('shell: fish is none of') as string,
    ],
  },
];

let shop: Rehearsed;
beforeAll(async () => {
  shop = await rehearse();
  shop.hub.secrets.KEY = 'first "line"\nsecond line';
});
afterAll(() => shop.end());

test.each(documented)(
  '$says ($source)',
  async ({ steps, files = {}, ends, prints = [], hides = [], annotates }) => {
    const [run] = await shop.push({
      '.github/workflows/ci.yml': `on: push\njobs:\n  a:\n    runs-on: x\n    steps:${steps}`,
      ...files,
    });

    expect(run?.problem).toBeUndefined();
    const job = jobOf(run, 'a');
    expect([job.conclusion, ...job.steps.slice(1, -1).map((step) => step.conclusion)]).toEqual(ends);
    const log = logOf(shop, job).split('\n');
    expect(log).toEqual(expect.arrayContaining([...prints]));
    expect(hides.filter((text) => log.join('\n').includes(text))).toEqual([]);
    if (annotates !== undefined) expect(job.annotations.map(({ message }) => message)).toEqual(annotates);
  },
);
