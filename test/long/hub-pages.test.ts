import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jest } from '@jest/globals';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import {
  addDeployment,
  addJob,
  addRun,
  at,
  serveHub,
  type ServedHub,
} from '../../rehearsal/hub/hub.fixture.ts';
import { processRun } from '../../rehearsal/hub/code-scanning/index.ts';
import { configureEnvironment } from '../../rehearsal/hub/environments/index.ts';
import type { Artifact, Job, LogLine, Run, Step } from '../../rehearsal/hub/model.ts';
import { canary, trafficStandIn, type TrafficStandIn } from '../../rehearsal/hub/traffic.fixture.ts';

jest.setTimeout(60_000);

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => existsSync(file),
);
if (executablePath === undefined) console.log('Skipped: what needs Chromium, which is not installed here.');

/** A function that runs in the page, which has no types here. */
const measurePage = readFileSync(path.join(import.meta.dirname, 'measure-page.js'), 'utf8')
  .replace(/^export default /m, '')
  .replace(/;\s*$/, '');

interface Measured {
  readonly contrasts: readonly { readonly text: string; readonly ratio: number }[];
}

/** Where the pages can be looked at after the tests. */
const pictures = path.resolve('test-results', 'hub-pages');

const chartSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 80" width="400" height="160"><title>Latency</title><script>document.title = 'taken over'</script><style>rect { fill: #2f6fc1 }</style><rect x="10" y="40" width="20" height="30"/><rect x="50" y="20" width="20" height="50"/></svg>`;

const previewComment = [
  '<!-- sluice-preview: sluice.yml -->',
  '### What merging this changes\n',
  'Merging it deploys to `staging`: CI Tests → Build Image → Deploy to STG.\n',
  '| Environment | Trigger | sluice.yml |',
  '| --- | --- | --- |',
  '| `development` | `push to develop` | as before |',
  '| `staging` | `push to main` | 1 aspect, 1 of the task definition |\n',
  '<details open><summary>Task definition of staging: 1 difference</summary>\n',
  '| Where | Before | After |',
  '| --- | --- | --- |',
  '| `memory` | `1024` | `2048` |\n',
  '</details>',
].join('\n');

const shapes: Record<string, BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  'desktop-dark': { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  'phone-dark': { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
};

(executablePath === undefined ? describe.skip : describe)('the hub’s pages, in a real browser', () => {
  let browser: Browser;
  let served: ServedHub;
  let traffic: TrafficStandIn;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    traffic = trafficStandIn();
    served = await serveHub({ config: 'sluice.yml', traffic });
    problems = [];
    await open('desktop');
  });
  afterEach(async () => {
    await page.context().close();
    await served.stop();
    // Nothing was refused by the pages' own policy, nothing was missing, no script failed.
    expect(problems).toEqual([]);
  });

  async function open(shape: string): Promise<void> {
    const context = await browser.newContext(shapes[shape]);
    page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== served.server.url)
        problems.push(`asked ${request.url()}`);
    });
  }

  const visit = async (address: string): Promise<void> => {
    const listening = page.waitForResponse((response) => response.url().includes('/events'));
    await page.goto(served.server.url + address);
    await listening;
  };
  const line = (step: number, kind: LogLine['kind'], text: string): LogLine => ({ at, step, kind, text });
  const log = (job: Job, ...lines: readonly LogLine[]): void => {
    for (const one of lines) served.hub.log(job.id, one);
  };
  const step = (number: number, name: string, state: Step['conclusion'] | 'in_progress' | 'queued'): Step => {
    const going = state === 'in_progress' || state === 'queued' || state === undefined;
    return {
      number,
      name,
      ...(going ? { status: state ?? 'queued' } : { status: 'completed', conclusion: state }),
      ...(state === 'queued' ? {} : { startedAt: at }),
      ...(going ? {} : { completedAt: at }),
    };
  };

  /** A pipeline of which the deployment failed. */
  function failedRun(): Run {
    const { hub, shas } = served;
    const run = addRun(hub, {
      sha: shas.develop,
      ref: 'refs/heads/develop',
      workflowName: 'Push to development',
      displayTitle: 'Add a basket',
      conclusion: 'failure',
      jobs: [],
    });
    run.jobs = [];
    addJob(hub, run, { key: 'd.plan', name: 'Development / Plan' });
    const test = addJob(hub, run, { key: 'd.test', name: 'Development / CI Tests', needs: ['d.plan'] });
    test.steps = [step(1, 'Set up job', 'success'), step(2, 'Install, lint and test', 'success')];
    test.steps[1]!.summary = '### CI Tests\n\n| Passed | Failed |\n| --: | --: |\n| 150 | 0 |\n';
    log(
      test,
      line(2, 'group', 'Install: npm ci'),
      line(2, 'line', 'added 312 packages in 8s'),
      line(2, 'endgroup', ''),
      line(2, 'line', '\u001b[32mPASS\u001b[39m src/chat.test.ts'),
      line(2, 'line', 'See http://127.0.0.1:4480/runs for more.'),
      line(2, 'warning', 'One test is slow'),
    );
    const deploy = addJob(hub, run, {
      key: 'd.deploy',
      name: 'Development / Deploy to DEV',
      needs: ['d.test'],
      conclusion: 'failure',
    });
    deploy.steps = [step(1, 'Set up job', 'success'), step(2, 'Deploy to DEV', 'failure')];
    deploy.steps[1]!.summary = [
      '### The deployment failed\n',
      '> [!CAUTION]\n> Tasks stopped with exit code 1.\n',
      '```mermaid\ngantt\n  dateFormat X\n  axisFormat %s s\n  section Rollout\n  preflight :0, 1\n  rollout :1, 12\n```\n',
      '<details><summary>The last lines of the task</summary>\n\n```\nError: SECRET_KEY is not set\n```\n\n</details>\n',
    ].join('\n');
    deploy.annotations.push({
      level: 'failure',
      step: 2,
      title: 'Deployment failed',
      message: 'chatbot-development:7 never became healthy.\nIts tasks stop with exit code 1.',
      file: 'sluice.yml',
      line: 12,
    });
    log(deploy, line(2, 'line', 'Waiting for the service'), line(2, 'error', 'It never became healthy'));
    addJob(hub, run, {
      key: 'd.integration',
      name: 'Development / Integration Tests',
      needs: ['d.deploy'],
      conclusion: 'skipped',
    });
    return run;
  }

  function deployed(run: Run): void {
    const status = {
      id: 1,
      description: '',
      environmentUrl: 'http://127.0.0.1:4490',
      logUrl: `${served.server.url}/rehearsal/shop/actions/runs/${run.id}`,
      createdAt: at,
    };
    addDeployment(served.hub, {
      sha: served.shas.first,
      payload: { version: served.shas.first, digest: `sha256:${'ab12'.repeat(16)}` },
      statuses: [
        { ...status, state: 'in_progress' },
        { ...status, state: 'success' },
      ],
    });
    addDeployment(served.hub, {
      sha: run.sha,
      payload: { version: run.sha },
      statuses: [{ ...status, state: 'failure', description: 'It never became healthy' }],
    });
  }

  /** A release whose deployment waits for grace; ada pushed it. */
  function waitingRun(): Run {
    const { hub, shas } = served;
    for (const login of ['ada', 'grace']) hub.people.add(login);
    configureEnvironment(hub, 'production', {
      reviewers: ['ada', 'grace'],
      preventSelfReview: true,
      refs: { tags: ['v*.*.*'] },
    });
    const run = addRun(hub, {
      sha: shas.first,
      ref: 'refs/tags/v1.0.0',
      workflowName: 'Release to production',
      displayTitle: 'Begin',
      status: 'waiting',
      jobs: [],
    });
    delete run.conclusion;
    delete run.completedAt;
    run.jobs = [];
    addJob(hub, run, { key: 'p.plan', name: 'Production / Plan' });
    const deploy = addJob(hub, run, {
      key: 'p.deploy',
      name: 'Production / Deploy to PROD',
      needs: ['p.plan'],
      status: 'waiting',
      waitingFor: 'a review by ada or grace',
      environment: { name: 'production' },
      gate: { since: at, review: 'needed' },
      steps: [],
    });
    delete deploy.conclusion;
    delete deploy.startedAt;
    delete deploy.completedAt;
    return run;
  }

  /** What performance tests leave: a report, its chart, its figures. */
  function reported(run: Run): Artifact {
    const directory = path.join(served.folder, 'performance-report');
    mkdirSync(directory);
    for (const [name, content] of Object.entries({
      'report.md':
        '### Performance Tests\n\n> [!TIP]\n> All thresholds hold.\n\n| | p50 | p95 |\n| - | -: | -: |\n| `POST /chat` | 12 ms | 41 ms |\n',
      'chart.svg': chartSvg,
      'result.json': JSON.stringify(
        { requests: 1000, p95: 41, script: '<script>alert(1)</script>' },
        null,
        2,
      ),
    })) {
      writeFileSync(path.join(directory, name), content);
    }
    const { length: sizeBytes } = chartSvg;
    const id = served.hub.nextId();
    const artifact: Artifact = { id, name: 'performance-report', sizeBytes, directory, createdAt: at };
    run.artifacts.push(artifact);
    return artifact;
  }

  /** A pull request with a preview in a comment, and a run. */
  async function proposed(): Promise<void> {
    const pull = await served.control.openPullRequest({
      title: 'Give the staging tasks more memory',
      body: 'They were **stopped** for lack of it.',
      draft: false,
      head: 'feature/basket',
      base: 'main',
      actor: 'ada',
    });
    const { number, headRef, baseRef, headSha } = pull;
    pull.comments.push({ id: 77, author: 'github-actions[bot]', body: previewComment, createdAt: at });
    addRun(served.hub, {
      sha: served.shas.second,
      event: 'pull_request',
      ref: `refs/pull/${number}/merge`,
      workflowName: 'Pull request',
      displayTitle: pull.title,
      pullRequest: { number, headRef, baseRef, headSha },
    });
  }

  /** An image with findings of every kind. */
  function scanned(): void {
    const { hub, shas } = served;
    const levels = ['critical', 'high', 'medium', 'low'] as const;
    processRun(
      hub.codeScanning,
      {
        tool: 'Trivy',
        toolVersion: '0.71.0',
        category: 'image',
        rules: levels.length,
        results: levels.map((securitySeverity, index) => ({
          rule: {
            id: `CVE-2026-100${index}`,
            name: 'Vulnerability',
            severity: 'error',
            securitySeverity,
            description: 'minimist lets a caller change the prototype of every object',
            fullDescription: '',
            tags: ['security'],
            help: 'Update `minimist` to **1.2.6** or later.',
            helpUri: null,
          },
          message: 'minimist 1.0.0 is installed; 1.2.6 is not affected',
          location: {
            path: 'service/package-lock.json',
            startLine: 7,
            startColumn: 1,
            endLine: 7,
            endColumn: 1,
          },
          fingerprint: String(index),
        })),
      },
      {
        sarifId: 's',
        ref: 'refs/heads/main',
        commitSha: shas.second,
        key: '.github/workflows/staging.yml:scan',
        at,
        nextId: () => hub.nextId(),
      },
    );
  }

  test.each(Object.keys(shapes))('every page can be read: %s', async (shape) => {
    const run = failedRun();
    deployed(run);
    const waiting = waitingRun();
    traffic.set(canary(Math.floor(Date.now() / 1000)));
    served.hub.releases.set(9, {
      id: 9,
      tag: 'v1.0.0',
      name: 'v1.0.0',
      body: '### Deployed\n\n- to **production**',
      draft: false,
      prerelease: false,
      target: 'main',
      author: 'ada',
      createdAt: at,
      updatedAt: at,
    });
    served.hub.issues.set(1, {
      id: 5,
      number: 1,
      title: 'The error rate is high',
      body: '**5 %** of the answers failed.',
      state: 'open',
      labels: ['incident'],
      author: 'github-actions[bot]',
      createdAt: at,
      updatedAt: at,
      comments: [],
    });
    const report = reported(run);
    await proposed();
    scanned();
    await page.context().close();
    await open(shape);
    for (const [name, address] of [
      ['matrix', '/'],
      ['runs', '/runs'],
      ['run', `/runs/${run.id}`],
      ['environment', '/environments/development'],
      ['review', `/runs/${waiting.id}`],
      ['protected-environment', '/environments/production'],
      ['workflows', '/workflows?ref=main'],
      ['releases', '/releases'],
      ['traffic', '/environments/production/traffic'],
      ['issues', '/issues'],
      ['issue', '/issues/1'],
      ['artifact', `/artifacts/${report.id}`],
      ['artifact-markdown', `/artifacts/${report.id}?file=report.md`],
      ['artifact-picture', `/artifacts/${report.id}?file=chart.svg`],
      ['artifact-text', `/artifacts/${report.id}?file=result.json`],
      ['pulls', '/pulls'],
      ['pull', '/pulls/2'],
      ['security', '/security'],
      ['alert', '/security/1'],
    ] as const) {
      await visit(address);
      if (name === 'traffic') await page.locator('.area.green').waitFor();
      if (name === 'run') await page.frameLocator('iframe').locator('body > svg').waitFor();
      await page.screenshot({ path: path.join(pictures, `${name}-${shape}.png`), fullPage: true });
      const { contrasts } = await page.evaluate<Measured>(`(${measurePage})()`);
      const faint = contrasts.filter(({ ratio }) => ratio < 4.5);
      expect([name, faint]).toEqual([name, []]);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect([name, overflow]).toEqual([name, 0]);
      expect([name, await page.getByRole('heading', { level: 1 }).count()]).toEqual([name, 1]);
      expect([name, await page.getByRole('main').count()]).toEqual([name, 1]);
    }
  });

  test('a failed run shows what failed first, and the rest on demand', async () => {
    const run = failedRun();
    await visit(`/runs/${run.id}`);
    await page.getByText('It never became healthy').waitFor();
    expect(await page.getByText('PASS', { exact: true }).isVisible()).toBe(false);
    const annotation = page.getByRole('region', { name: 'Annotations' });
    expect(await annotation.textContent()).toContain('sluice.yml:12');
    expect(await page.locator('.summary').nth(0).textContent()).toContain('150');

    await page
      .getByRole('link', { name: /CI Tests/ })
      .first()
      .click();
    await page.locator('summary', { hasText: 'Install, lint and test' }).click();
    await page.getByText('PASS', { exact: true }).waitFor();
    expect(await page.locator('.fg-green').textContent()).toBe('PASS');
    // Groups are folded.
    expect(await page.getByText('added 312 packages').isVisible()).toBe(false);
    await page.locator('summary', { hasText: 'Install: npm ci' }).click();
    expect(await page.getByText('added 312 packages').isVisible()).toBe(true);
    await page.getByLabel('Times').check();
    expect(await page.locator('.log time').last().isVisible()).toBe(true);
  });

  test('a search reads all logs, opens what it finds, and counts', async () => {
    const run = failedRun();
    await visit(`/runs/${run.id}`);
    await page.getByLabel('Search').fill('PACKAGES in');
    await page.getByText('added 312 packages').waitFor();
    expect(await page.locator('#log-found').textContent()).toBe('1 line');
    expect(await page.getByText('It never became healthy').isVisible()).toBe(false);
    await page.getByLabel('Search').fill('');
    await page.locator('.log').getByText('It never became healthy').waitFor();
    expect(await page.locator('#log-found').textContent()).toBe('');
  });

  test('a log of 20,000 lines is shown, followed to its end, and searched', async () => {
    const { hub, shas } = served;
    const run = addRun(hub, { sha: shas.first, status: 'in_progress' });
    const job = run.jobs[0]!;
    job.status = 'in_progress';
    delete job.conclusion;
    job.steps = [step(1, 'Run make', 'in_progress')];
    const say = (from: number, to: number): void => {
      for (let number = from; number < to; number += 1) log(job, line(1, 'line', `says ${number}.`));
    };
    say(0, 10_000);
    await visit(`/runs/${run.id}`);
    for (let from = 10_000; from < 20_000; from += 500) {
      say(from, from + 500);
      // In parts, as a process writes; each of them reaches the page by itself.
      await page.evaluate(() => undefined);
    }
    await page.locator(`#line-${job.id}-19999`).waitFor({ timeout: 90_000 });
    // The page answers: it is at the end of the log, and finds one line among all.
    expect(await page.getByText('says 19999.').isVisible()).toBe(true);
    await page.getByLabel('Search').fill('says 12345.');
    await page.getByText('1 line', { exact: true }).waitFor({ timeout: 90_000 });
    expect(await page.getByText('says 12345.').isVisible()).toBe(true);
  }, 240_000);

  test('the address of a line opens it', async () => {
    const run = failedRun();
    const job = run.jobs[1]!;
    await visit(`/runs/${run.id}#line-${job.id}-1`);
    const wanted = page.getByText('added 312 packages');
    await wanted.waitFor();
    expect(await page.locator('.pointed-at').getAttribute('id')).toBe(`line-${job.id}-1`);
  });

  test('a run is followed while it goes on', async () => {
    const { hub, shas } = served;
    const run = addRun(hub, { sha: shas.first, status: 'in_progress' });
    delete run.conclusion;
    delete run.completedAt;
    const job = run.jobs[0]!;
    job.status = 'in_progress';
    delete job.conclusion;
    delete job.completedAt;
    job.steps = [
      step(1, 'Set up job', 'success'),
      step(2, 'Run make', 'in_progress'),
      step(3, 'Tidy up', 'queued'),
    ];
    log(job, line(2, 'line', 'before the page was opened'));
    await visit(`/runs/${run.id}`);
    await page.getByText('before the page was opened').waitFor();

    log(job, line(2, 'group', 'Compile'), line(2, 'line', 'inside <b>the</b> group'));
    await page.getByText('inside <b>the</b> group').waitFor();
    log(job, line(2, 'endgroup', ''), line(2, 'line', 'after the group'));
    await page.getByText('after the group').waitFor();
    // A group folds when it ends.
    expect(await page.getByText('inside <b>the</b> group').isVisible()).toBe(false);
    expect(await page.locator('.log .at').allTextContents()).toEqual(['1', '3', '5']);

    job.steps[1] = step(2, 'Run make', 'success');
    job.steps[2] = step(3, 'Tidy up', 'in_progress');
    hub.saveJob(run, job);
    log(job, line(3, 'line', 'tidying'));
    await page.getByText('tidying').waitFor();
    await page.getByText('after the group').waitFor({ state: 'hidden' });

    // A job that comes later, as those of a matrix do.
    addJob(hub, run, { key: 'late', name: 'Late', needs: ['build'], status: 'queued', steps: [] });
    await page.locator('.job', { hasText: 'Late' }).waitFor();
    Object.assign(run, { status: 'completed', conclusion: 'success', completedAt: at });
    hub.saveRun(run);
    await page.getByRole('button', { name: 'Re-run all jobs' }).waitFor();
  });

  test('lines that were missed are fetched when the hub is back', async () => {
    const { hub, shas } = served;
    const run = addRun(hub, { sha: shas.first, status: 'in_progress' });
    const job = run.jobs[0]!;
    job.status = 'in_progress';
    delete job.conclusion;
    job.steps = [step(1, 'Run make', 'in_progress')];
    await visit(`/runs/${run.id}`);
    await served.stopServer();
    await page.getByText('The rehearsal does not answer').waitFor();
    log(job, line(1, 'line', 'nobody saw this'));
    await served.startServer();
    await page.getByText('nobody saw this').waitFor();
    expect(await page.getByText('The rehearsal does not answer').isVisible()).toBe(false);
    problems = problems.filter((problem) => !problem.includes('net::ERR_'));
  });

  test('buttons work from the keyboard, and reach the engine', async () => {
    const run = failedRun();
    await visit(`/runs/${run.id}`);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Re-run failed jobs' }).focus();
    await Promise.all([page.waitForURL(`**/runs/${run.id}`), page.keyboard.press('Enter')]);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(served.control.asked).toEqual([`rerun ${run.id} failed only`]);
  });

  test('a deployment is reviewed in the page: not by the one who pushed, then by somebody else', async () => {
    const run = waitingRun();
    await visit('/');
    await page.getByRole('link', { name: 'Release to production #1' }).first().click();
    const review = page.getByRole('region', { name: 'Review deployments' });
    expect(await review.textContent()).toContain('ada started this run, and may not approve it');
    // Whoever may review is proposed.
    expect(await review.getByLabel('Review as').inputValue()).toBe('grace');
    await review.getByLabel('Review as').selectOption('ada');
    await review.getByRole('button', { name: 'Approve and deploy' }).click();
    await page.getByText('ada started this run, and production prevents self-review').waitFor();
    problems = problems.filter((problem) => !problem.includes('422'));
    await page.getByRole('link', { name: 'Back' }).click();

    await review.getByLabel('Comment').fill('Ship it <b>now</b>');
    // What is typed stays while the page keeps itself up to date.
    served.hub.saveRun(run);
    await review.getByRole('button', { name: 'Approve and deploy' }).focus();
    await Promise.all([page.waitForURL(`**/runs/${run.id}`), page.keyboard.press('Enter')]);
    await page.getByText('Ship it <b>now</b>').waitFor();
    expect(run.jobs.find(({ gate }) => gate !== undefined)?.gate?.review).toBe('approved');
    expect(run.reviews).toMatchObject([
      { reviewer: 'grace', state: 'approved', comment: 'Ship it <b>now</b>' },
    ]);
    expect(await review.count()).toBe(0);
  });

  test('a deployment is rejected with a comment', async () => {
    const run = waitingRun();
    await visit(`/runs/${run.id}`);
    await page.getByLabel('Comment').fill('Not on a Friday');
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByText('Not on a Friday').waitFor();
    expect(run.reviews).toMatchObject([{ reviewer: 'grace', state: 'rejected' }]);
  });

  test('a review appears in an open page, and goes when it was done elsewhere', async () => {
    await visit('/environments/production');
    const run = waitingRun();
    await page.getByText('is to be let in').waitFor();
    await page.getByRole('link', { name: 'Release to production #1' }).click();
    await page.getByRole('region', { name: 'Review deployments' }).waitFor();
    run.jobs[1]!.gate!.review = 'rejected';
    served.hub.saveJob(run, run.jobs[1]!);
    await page.getByRole('region', { name: 'Review deployments' }).waitFor({ state: 'detached' });
  });

  test('a workflow is started by hand, with inputs of every type', async () => {
    served.hub.people.add('ada');
    for (const name of ['staging', 'production']) configureEnvironment(served.hub, name, {});
    await visit('/runs');
    await page.getByRole('link', { name: 'Start a workflow' }).click();
    await page.getByLabel('Use the workflows of').selectOption('develop');
    await page.getByRole('button', { name: 'Show' }).click();
    const form = page.getByRole('region', { name: 'Rollback' });
    expect(await form.getByLabel(/^Where/).inputValue()).toBe('production');
    expect(await form.getByLabel('strategy').inputValue()).toBe('canary');
    // What is required has to be there before anything is sent.
    await form.getByRole('button', { name: 'Run workflow' }).click();
    expect(served.control.asked).toEqual([]);
    await form.getByLabel(/^Which release/).fill('v1.0.0');
    await form.getByLabel(/^Where/).selectOption('staging');
    await form.getByLabel('strategy').selectOption('blue-green');
    await form.getByLabel('The first step').fill('25');
    await form.getByLabel('Even where it failed before').check();
    await Promise.all([
      page.waitForURL('**/runs/*'),
      form.getByRole('button', { name: 'Run workflow' }).click(),
    ]);
    expect(served.control.asked).toEqual([
      `dispatch .github/workflows/rollback.yml develop ${JSON.stringify({
        environment: 'staging',
        release: 'v1.0.0',
        strategy: 'blue-green',
        percent: '25',
        force: 'true',
      })}`,
    ]);
  });

  test('a run is cancelled, by force where it has to be, and run again as somebody', async () => {
    for (const login of ['ada', 'grace']) served.hub.people.add(login);
    const run = addRun(served.hub, { sha: served.shas.first, status: 'in_progress' });
    delete run.conclusion;
    await visit(`/runs/${run.id}`);
    const press = async (name: string): Promise<void> => {
      await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.getByRole('button', { name, exact: true }).click(),
      ]);
      await page.getByRole('heading', { level: 1 }).waitFor();
    };
    await press('Cancel the run');
    await press('Force');
    Object.assign(run, { status: 'completed', conclusion: 'cancelled', completedAt: at });
    served.hub.saveRun(run);
    await page.locator('.run-head select[name="actor"]').selectOption('grace');
    await press('Re-run all jobs');
    await press('Re-run failed jobs');
    expect(served.control.asked).toEqual([
      `cancel ${run.id}`,
      `force-cancel ${run.id}`,
      `rerun ${run.id} as grace`,
      `rerun ${run.id} failed only as ada`,
    ]);
  });

  test('a shift is followed live: shares, stage, weights, failures, and a table instead of the chart', async () => {
    const now = (): number => Math.floor(Date.now() / 1000);
    const [blue, green] = canary(0).sides;
    traffic.set(
      canary(now(), {
        sides: [
          { ...blue!, percent: 90 },
          { ...green!, percent: 10 },
        ],
      }),
    );
    await visit('/environments/production');
    await page.getByText('10 % green · 1.2.0').waitFor();
    // The line of figures keeps itself up to date.
    traffic.set(canary(now()));
    await page.getByText('50 % green · 1.2.0').waitFor();
    await page.getByRole('link', { name: 'Traffic of production' }).click();
    const side = page.getByRole('region', { name: 'green' });
    await side.getByText('50 %', { exact: true }).waitFor();
    await page.locator('.area.green[d]').waitFor();
    const chart = page.getByRole('img', { name: 'Who answers' });
    expect(await chart.locator('.failed').count()).toBeGreaterThan(0);
    const words = page.locator('[data-words]');
    expect(await words.textContent()).toMatch(
      /^blue \(1\.1\.0\): \d+ %, green \(1\.2\.0\): \d+ %, load balancer itself: under 0\.1 % of .* requests\. \d+ failed\.$/,
    );

    // Green has everything, and the deployment bakes.
    traffic.set(
      canary(now(), {
        sides: [
          { ...blue!, percent: 0, targets: 0, healthyTargets: 0 },
          { ...green!, percent: 100 },
        ],
        shift: { stage: 'BAKE_TIME', status: 'IN_PROGRESS', startedAt: at },
      }),
    );
    await page.getByText(/^BAKE_TIME · IN_PROGRESS/).waitFor();
    await side.getByText('100 %', { exact: true }).waitFor();
    expect(await page.getByRole('region', { name: 'blue' }).textContent()).toContain('no targets');
    // A mark says when the stage began.
    await chart.getByText('bake time').waitFor({ state: 'attached' });

    await page.getByText('As a table').click();
    await page.getByRole('row').nth(5).waitFor();
    expect(await page.locator('[data-rows] tr').first().locator('td').count()).toBe(4);
    await page.getByLabel('Show the last').selectOption('60');
    await chart.getByText('−20 s').waitFor({ state: 'attached' });

    traffic.set(canary(now(), { shift: undefined }));
    await page.getByText('No deployment is in progress.').waitFor();
  });

  test('a chart is drawn in a frame that cannot reach the page', async () => {
    const run = failedRun();
    await visit(`/runs/${run.id}`);
    const frame = page.frameLocator('iframe');
    await frame.locator('body > svg').waitFor();
    expect(await page.locator('iframe').getAttribute('sandbox')).toBe('allow-scripts');
    const inner = page.frames().find((one) => one.url().endsWith('/assets/chart.html'));
    expect(await inner?.evaluate('globalThis.origin')).toBe('null');
    expect(await page.locator('iframe').getAttribute('title')).toBe('Chart: gantt');
    await page.getByText('Source of the chart').click();
    expect(await page.getByText('dateFormat X').isVisible()).toBe(true);
  });

  test('a chart with a mistake is shown as its source', async () => {
    const run = failedRun();
    run.jobs[0]!.steps[0]!.summary = '```mermaid\nno chart at all\n```\n';
    await visit(`/runs/${run.id}`);
    await page.locator('pre > code.language-mermaid', { hasText: 'no chart at all' }).waitFor();
  });

  test('an artifact’s picture runs nothing, framed in a page or opened by itself', async () => {
    const run = failedRun();
    const { id } = reported(run);
    await visit(`/runs/${run.id}`);
    await page.getByRole('link', { name: 'performance-report' }).click();
    await page.getByRole('link', { name: 'chart.svg' }).click();
    const picture = page.getByRole('img', { name: 'chart.svg' });
    await picture.waitFor();
    await page.waitForFunction("document.querySelector('.picture img').naturalWidth > 0");
    expect(await page.title()).toBe('chart.svg · Sluice rehearsal');
    const download = page.waitForEvent('download');
    await page.goto(`${served.server.url}/artifacts/${id}/raw?file=chart.svg`).catch(() => undefined);
    expect((await download).suggestedFilename()).toBe('chart.svg');
  });

  test('a pull request is opened, merged from the keyboard, and its comment changes in the open page', async () => {
    await visit('/pulls');
    const form = page.getByRole('region', { name: 'Open a pull request' });
    await form.getByLabel('Merge').selectOption('feature/basket');
    await form.getByLabel('Title').fill('A basket');
    await Promise.all([page.waitForURL('**/pulls/1'), page.keyboard.press('Enter')]);
    const pull = served.hub.pullRequests.get(1)!;
    pull.comments.push({ id: 5, author: 'github-actions[bot]', body: 'Deploys to `staging`', createdAt: at });
    served.hub.announce({ kind: 'record' });
    await page.getByText('Deploys to staging').waitFor();
    pull.comments[0]!.body = 'Deploys nothing';
    served.hub.announce({ kind: 'record' });
    await page.getByText('Deploys nothing').waitFor();
    expect(await page.getByText('Deploys to staging').count()).toBe(0);
    await page.getByRole('button', { name: 'Merge' }).focus();
    await Promise.all([page.waitForURL('**/pulls/1'), page.keyboard.press('Enter')]);
    await page.getByText('merged it').waitFor();
    expect(served.control.asked).toEqual(['merge 1 as rehearsal']);
  });

  test('an alert is dismissed in the page, and opened again', async () => {
    scanned();
    await visit('/security');
    await page.getByText('1 critical, 1 high, 1 medium, 1 low open').waitFor();
    await page
      .getByRole('link', { name: /minimist/ })
      .first()
      .click();
    await page.getByLabel('Reason').selectOption('used in tests');
    await page.getByLabel('Comment').fill('It is <b>never</b> loaded');
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('It is <b>never</b> loaded').waitFor();
    await page.goBack();
    await page.goBack();
    await page.getByRole('link', { name: 'dismissed 1' }).click();
    await page.getByRole('link', { name: /minimist/ }).click();
    expect(served.hub.codeScanning.alerts[0]?.dismissed).toMatchObject({ reason: 'used in tests' });
    await page.getByRole('button', { name: 'Open it again' }).click();
    await page.getByRole('button', { name: 'Dismiss' }).waitFor();
  });

  test('the front page changes with what is deployed', async () => {
    await visit('/');
    const card = page.locator('.environment', { hasText: 'push to develop' });
    expect(await card.textContent()).toContain('Nothing runs here yet.');
    const run = addRun(served.hub, { sha: served.shas.first });
    deployed(run);
    await card.getByText('http://127.0.0.1:4490').waitFor();
    await card.getByRole('link', { name: 'All 2 deployments' }).click();
    await page.getByRole('row', { name: /It never became healthy/ }).waitFor();
  });
});
