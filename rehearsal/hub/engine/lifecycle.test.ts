import type { Run } from '../model.ts';
import type { Rehearsed } from './engine.fixture.ts';
import { conclusions, jobOf, logOf, rehearse } from './engine.fixture.ts';

let shop: Rehearsed;
beforeEach(async () => {
  shop = await rehearse({ jobsAtOnce: 4 });
});
afterEach(() => shop.end());

/** Resolves once a log has this line. */
function line(text: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = shop.hub.onChange((change) => {
      if (change.kind !== 'log' || change.line.text !== text) return;
      stop();
      resolve();
    });
  });
}

const waitFor = (name: string): string => `while [ ! -e "$HOME/${name}" ]; do sleep 0.02; done`;
const deploy = (concurrency: string): Record<string, string> => ({
  '.github/workflows/deploy.yml': `
name: Deploy
on: push
jobs:
  deploy:
    runs-on: x
    concurrency: ${concurrency}
    steps:
      - run: |
          echo "$GITHUB_RUN_NUMBER" >> "$HOME/order"
          echo started $GITHUB_RUN_NUMBER
          ${waitFor('go')}
`,
});

describe('concurrency', () => {
  const go = (): void => void shop.git('init', '--quiet', `${shop.folder}/go`);

  test('queue: max keeps every push, and runs them in order', async () => {
    const started = line('started 1');
    const files = deploy('{ group: "deploy-${{ github.ref_name }}", queue: max }');
    const runs: Run[] = await shop.start(files);
    await started;
    for (let push = 2; push <= 4; push += 1) runs.push(...(await shop.start({})));
    expect(runs.map((run) => [jobOf(run, 'deploy').status, jobOf(run, 'deploy').waitingFor])).toEqual([
      ['in_progress', undefined],
      ['pending', 'Deploy #1 (deploy) in the concurrency group deploy-develop'],
      ['pending', 'Deploy #1 (deploy) in the concurrency group deploy-develop'],
      ['pending', 'Deploy #1 (deploy) in the concurrency group deploy-develop'],
    ]);
    go();
    await Promise.all(runs.map((run) => shop.finished(run)));
    expect(runs.map((run) => run.conclusion)).toEqual(['success', 'success', 'success', 'success']);
    expect(shop.read('order')).toBe('1\n2\n3\n4\n');
  });

  test('by default only the newest pending push is kept', async () => {
    const started = line('started 1');
    const runs = await shop.start(deploy('deploy'));
    await started;
    for (let push = 2; push <= 3; push += 1) runs.push(...(await shop.start({})));
    go();
    await Promise.all(runs.map((run) => shop.finished(run)));
    expect(runs.map((run) => run.conclusion)).toEqual(['success', 'cancelled', 'success']);
    expect(jobOf(runs[1], 'deploy').annotations[0]?.message).toBe(
      'Canceling since a higher priority waiting request for deploy exists',
    );
  });

  test('cancel-in-progress stops the running one', async () => {
    const started = line('started 1');
    const runs = await shop.start(deploy('{ group: deploy, cancel-in-progress: true }'));
    await started;
    const second = line('started 2');
    runs.push(...(await shop.start({})));
    await second;
    go();
    await Promise.all(runs.map((run) => shop.finished(run)));
    expect(runs.map((run) => run.conclusion)).toEqual(['cancelled', 'success']);
  });

  test('a group at the workflow level holds whole runs back', async () => {
    const started = line('started 1');
    const files = {
      '.github/workflows/deploy.yml': `
name: Deploy
on: push
concurrency: { group: all, queue: max }
jobs:
  a: { runs-on: x, steps: [{ run: 'echo started $GITHUB_RUN_NUMBER; ${waitFor('go')}' }] }
`,
    };
    const [first] = await shop.start(files);
    await started;
    const [second] = await shop.start({});
    expect([first?.status, second?.status]).toEqual(['in_progress', 'pending']);
    go();
    await Promise.all([first!, second!].map((run) => shop.finished(run)));
    expect([first?.conclusion, second?.conclusion]).toEqual(['success', 'success']);
  });

  test('a job in its own run’s group would wait for ever, and is cancelled with a word', async () => {
    const [run] = await shop.push({
      '.github/workflows/a.yml':
        "on: push\nconcurrency: same\njobs:\n  a: { runs-on: x, concurrency: same, steps: [{ run: 'true' }] }\n",
    });
    expect(conclusions(run)).toEqual({ run: 'cancelled', a: 'cancelled' });
    expect(jobOf(run, 'a').annotations[0]?.message).toContain(
      "a deadlock for concurrency group 'same' was detected",
    );
  });
});

describe('cancelling', () => {
  const workflow = (trap: string): Record<string, string> => ({
    'wait.mjs': `process.on('SIGINT', () => { console.log('got SIGINT'); ${trap} });\nconsole.log('waiting');\nsetInterval(() => {}, 1000);\n`,
    'action.yml': 'name: wait\nruns: { using: node24, main: wait.mjs }\n',
    '.github/workflows/a.yml': `
on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: $/
      - run: echo not reached
      - if: cancelled()
        run: echo rolled back
      - if: always()
        run: echo tidied
      - if: failure()
        run: echo not a failure
  b: { needs: a, runs-on: x, steps: [{ run: 'true' }] }
  c: { needs: a, if: always(), runs-on: x, steps: [{ run: 'echo "a was \${{ needs.a.result }}"' }] }
`,
  });

  test('SIGINT reaches the action; cancelled() and always() steps run; jobs that need not run are cancelled', async () => {
    const waiting = line('waiting');
    const [run] = await shop.start(workflow('process.exit(1)'));
    await waiting;
    expect(shop.engine.cancel(run!.id)).toBe(true);
    await shop.finished(run!);
    expect(conclusions(run)).toEqual({ run: 'cancelled', a: 'cancelled', b: 'cancelled', c: 'success' });
    const job = jobOf(run, 'a');
    expect(job.steps.map((step) => [step.name, step.conclusion])).toEqual([
      ['Set up job', 'success'],
      ['Run $/', 'cancelled'],
      ['Run echo not reached', 'skipped'],
      ['Run echo rolled back', 'success'],
      ['Run echo tidied', 'success'],
      ['Run echo not a failure', 'skipped'],
      ['Complete job', 'success'],
    ]);
    expect(logOf(shop, job)).toContain('got SIGINT\nThe operation was canceled.');
    expect(logOf(shop, jobOf(run, 'c'))).toContain('a was cancelled');
    expect(shop.engine.cancel(run!.id)).toBe(false);
  });

  test('a process that ignores the signals is killed', async () => {
    const waiting = line('waiting');
    const [run] = await shop.start(workflow("process.on('SIGTERM', () => console.log('got SIGTERM'))"));
    await waiting;
    shop.engine.cancel(run!.id);
    await shop.finished(run!);
    expect(logOf(shop, jobOf(run, 'a'))).toContain('got SIGINT\ngot SIGTERM\nThe operation was canceled.');
  });

  test('stopping the engine ends everything at once', async () => {
    const waiting = line('waiting');
    const [run] = await shop.start(workflow(''));
    await waiting;
    await shop.engine.stop();
    expect(run?.conclusion).toBe('cancelled');
    expect(conclusions(run)).toEqual({ run: 'cancelled', a: 'cancelled', b: 'cancelled', c: 'cancelled' });
  });
});

describe('running again', () => {
  const files = {
    '.github/workflows/a.yml': `
on: push
jobs:
  plan: { runs-on: x, outputs: { v: '\${{ steps.s.outputs.v }}' }, steps: [{ id: s, run: 'echo plan >> "$HOME/order"; echo v=1 >> "$GITHUB_OUTPUT"' }] }
  test: { needs: plan, runs-on: x, steps: [{ run: 'echo "test \${{ needs.plan.outputs.v }} attempt $GITHUB_RUN_ATTEMPT" >> "$HOME/order"; [ "$GITHUB_RUN_ATTEMPT" -gt 1 ]' }] }
  deploy: { needs: test, runs-on: x, steps: [{ run: 'echo deploy >> "$HOME/order"' }] }
`,
  };

  test('only what failed: results of the rest stand, with their outputs', async () => {
    const [run] = await shop.push(files);
    expect(conclusions(run)).toEqual({ run: 'failure', plan: 'success', test: 'failure', deploy: 'skipped' });
    await shop.engine.rerun(run!.id, { failedOnly: true });
    await shop.finished(run!);
    expect(conclusions(run)).toEqual({ run: 'success', plan: 'success', test: 'success', deploy: 'success' });
    expect(run?.attempt).toBe(2);
    expect(shop.read('order')).toBe('plan\ntest 1 attempt 1\ntest 1 attempt 2\ndeploy\n');
  });

  test('all of it', async () => {
    const [run] = await shop.push(files);
    await shop.engine.rerun(run!.id, { failedOnly: false });
    await shop.finished(run!);
    expect(shop.read('order')).toBe('plan\ntest 1 attempt 1\nplan\ntest 1 attempt 2\ndeploy\n');
    await expect(shop.engine.rerun(1, { failedOnly: true })).rejects.toThrow('There is no run 1.');
  });
});

describe('triggers', () => {
  const files = {
    '.github/workflows/a.yml':
      'name: A\non: { push: { branches: [develop], paths: ["src/**"] } }\njobs: { a: { runs-on: x, steps: [{ run: "true" }] } }\n',
    '.github/workflows/b.yml':
      'name: B\non: { push: { tags: ["v*"] } }\njobs: { a: { runs-on: x, steps: [{ run: "echo $GITHUB_REF_TYPE $GITHUB_REF_NAME $GITHUB_SHA" }] } }\n',
    '.github/workflows/c.yml': `name: C
on: { workflow_dispatch: { inputs: { level: { type: choice, options: [low, high], default: low }, dry: { type: boolean } } } }
run-name: C at \${{ inputs.level }}
jobs: { a: { runs-on: x, steps: [{ run: 'echo "\${{ inputs.level }} \${{ inputs.dry == true }} \${{ github.event.inputs.dry }}"' }] } }
`,
  };

  test('branches, paths and tags, annotated ones too', async () => {
    expect(await shop.push(files)).toHaveLength(0);
    expect((await shop.push({ 'src/x': '1' })).map((run) => run.workflowName)).toEqual(['A']);
    expect(await shop.push({ 'README.md': '1' })).toHaveLength(0);
    expect(await shop.push({ 'src/x': '2' }, 'refs/heads/other')).toHaveLength(0);
    shop.git('tag', '--annotate', 'v1.2.3', '-m', 'Release');
    shop.git('push', '--quiet', 'rehearsal', 'v1.2.3');
    const after = shop.git('rev-parse', 'v1.2.3').trim();
    const commit = shop.git('rev-parse', 'HEAD').trim();
    const [run] = await shop.engine.push({
      ref: 'refs/tags/v1.2.3',
      before: '0'.repeat(40),
      after,
      actor: 'ada',
    });
    await shop.finished(run!);
    expect(logOf(shop, jobOf(run, 'a'))).toContain(`tag v1.2.3 ${commit}`);
  });

  test('a deleted branch and a commit that says so start nothing', async () => {
    await shop.push(files);
    expect(
      await shop.engine.push({
        ref: 'refs/heads/x',
        before: 'a'.repeat(40),
        after: '0'.repeat(40),
        actor: 'a',
      }),
    ).toEqual([]);
    shop.git('commit', '--quiet', '--allow-empty', '-m', 'Nothing [skip ci]');
    shop.git('tag', 'v2');
    shop.git('push', '--quiet', 'rehearsal', 'v2');
    const after = shop.git('rev-parse', 'v2').trim();
    expect(
      await shop.engine.push({ ref: 'refs/tags/v2', before: '0'.repeat(40), after, actor: 'a' }),
    ).toEqual([]);
  });

  test('workflow_dispatch with typed inputs', async () => {
    await shop.push(files);
    const run = await shop.engine.dispatch({
      workflow: 'c.yml',
      ref: 'develop',
      inputs: { dry: 'true' },
      actor: 'ada',
    });
    await shop.finished(run);
    expect([run.event, run.displayTitle, run.conclusion]).toEqual([
      'workflow_dispatch',
      'C at low',
      'success',
    ]);
    expect(logOf(shop, jobOf(run, 'a'))).toContain('low true true');
    const dispatch = (workflow: string, ref: string, inputs: Record<string, string>) =>
      shop.engine.dispatch({ workflow, ref, inputs, actor: 'ada' });
    await expect(dispatch('c.yml', 'develop', { level: 'mid' })).rejects.toThrow(
      "Provided value 'mid' for input 'level' not in the list of allowed values",
    );
    await expect(dispatch('a.yml', 'develop', {})).rejects.toThrow(
      "Workflow does not have 'workflow_dispatch' trigger",
    );
    await expect(dispatch('z.yml', 'develop', {})).rejects.toThrow('z.yml is not in the repository');
    await expect(dispatch('c.yml', 'nowhere', {})).rejects.toThrow('No ref found for: nowhere');
  });

  test('a workflow that does not parse is a failed run with line and column', async () => {
    const [run] = await shop.push({
      '.github/workflows/x.yml': 'on: push\njobs:\n  a:\n    runs-on: x\n    stpes: []\n',
    });
    expect(run?.conclusion).toBe('failure');
    expect(run?.problem).toContain(".github/workflows/x.yml (Line: 5, Col: 5): Unexpected value 'stpes'");
  });

  test('queue: max with cancel-in-progress: true does not parse', async () => {
    const [run] = await shop.push({
      '.github/workflows/x.yml':
        'on: push\nconcurrency:\n  group: g\n  cancel-in-progress: true\n  queue: max\njobs: { a: { runs-on: x, steps: [{ run: "true" }] } }\n',
    });
    expect(run?.problem).toContain("(Line: 4, Col: 23): 'queue: max' cannot be used together with");
  });

  test('what was pushed while no hub was running is caught up with', async () => {
    await shop.push(files);
    expect(await shop.engine.catchUp('ada')).toEqual([]);
    shop.git('commit', '--quiet', '--allow-empty', '-m', 'Later');
    shop.git('tag', 'v9');
    shop.git('push', '--quiet', 'rehearsal', 'v9');
    const runs = await shop.engine.catchUp('ada');
    expect(runs.map((run) => [run.workflowName, run.ref])).toEqual([['B', 'refs/tags/v9']]);
    await Promise.all(runs.map((run) => shop.finished(run)));
    expect(await shop.engine.catchUp('ada')).toEqual([]);
  });
});
