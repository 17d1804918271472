import type { Job } from '../model.ts';
import { addDeployment, addJob, addRun, at, serveHub, type ServedHub } from '../hub.fixture.ts';
import { ansi } from './ansi.ts';
import { graph } from './graph.ts';
import { html } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { duration, seconds } from './parts.ts';

describe('markup', () => {
  test('every value is escaped, and markup is not escaped again', () => {
    const inner = html`<b>${'<i>"&\''}</b>`;
    expect(
      html`<p title="${'"><script>'}">${inner}${undefined}${false}${3}${['<', inner]}</p>`.toString(),
    ).toBe(
      '<p title="&#34;&#62;&#60;script&#62;"><b>&#60;i&#62;&#34;&#38;&#39;</b>3&#60;<b>&#60;i&#62;&#34;&#38;&#39;</b></p>',
    );
  });

  test.each([
    ['plain <text>', 'plain &#60;text&#62;'],
    ['\u001b[31mred\u001b[0m, then not', '<span class="fg-red">red</span>, then not'],
    [
      '\u001b[1;92mok\u001b[22m on\u001b[39m',
      '<span class="fg-bright-green bold">ok</span><span class="fg-bright-green"> on</span>',
    ],
    [
      '\u001b[38;5;9mbright\u001b[m \u001b[38;2;1;2;3mtrue\u001b[0m',
      '<span class="fg-bright-red">bright</span> true',
    ],
    ['\u001b[48;5;3;30mboth', '<span class="fg-black bg-yellow">both</span>'],
    ['\u001b[2K\u001b[1G\u001b]8;;x\u0007gone', 'gone'],
    [
      'at http://127.0.0.1:4480/runs/7.',
      'at <a href="http://127.0.0.1:4480/runs/7" rel="noreferrer">http://127.0.0.1:4480/runs/7</a>.',
    ],
    ['"><script>\u001b[31m<img>', '&#34;&#62;&#60;script&#62;<span class="fg-red">&#60;img&#62;</span>'],
  ])('a log line %j', (text, expected) => {
    expect(ansi(text).toString()).toBe(expected);
  });

  test('a summary is GitHub’s Markdown', () => {
    const rendered = renderMarkdown(
      '## Proof\n\n| a | b |\n| - | -: |\n| ~~1~~ | 2 |\n\n- [x] done\n\n<details><summary>More</summary>\n\n**bold**\n\n</details>\n\n> [!WARNING]\n> Hot\n\n```mermaid\ngraph LR\n  A --> B\n```\n',
    ).toString();
    expect(rendered).toContain('<h2>Proof</h2>');
    expect(rendered).toContain('<td align="right">2</td>');
    expect(rendered).toContain('<del>1</del>');
    expect(rendered).toMatch(
      /<input (checked="" disabled=""|disabled="" checked="") type="checkbox" \/>|<input.*type="checkbox".*\/>/,
    );
    expect(rendered).toMatch(/<details><summary>More<\/summary>\s*<p><strong>bold<\/strong><\/p>/);
    expect(rendered).toContain('<blockquote class="alert-warning"><p><strong>Warning</strong></p><p>Hot</p>');
    expect(rendered).toContain('<code class="language-mermaid">graph LR\n  A --&gt; B</code>');
  });

  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '[x](javascript:alert(1))',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="data:text/html,x">x</a>',
    '<svg onload=alert(1)>',
    '<iframe src="http://127.0.0.1"></iframe>',
    '<form action="/runs/1/cancel" method="post"><button>x</button></form>',
    '<input type="text" name="password">',
    '<style>* { display: none }</style>',
    '<p style="position:fixed" class="skip" id="main" data-live="matrix">x</p>',
    '```"><img src=x onerror=alert(1)>\nx\n```',
  ])('nothing of %s works in a summary', (markdown) => {
    const rendered = renderMarkdown(markdown).toString();
    const page = rendered.replaceAll(/&lt;.*?&gt;|&#\d+;/g, '');
    expect(page).not.toMatch(
      /<(script|svg|iframe|form|button|style)|onerror|onload|javascript:|style=|id=|class="skip|data-live|data:text|type="text"/,
    );
  });

  test('times', () => {
    expect([0, 9.94, 10, 59.9, 60, 125, -3].map(seconds)).toEqual([
      '0.0 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 0 s',
      '2 min 5 s',
      '0.0 s',
    ]);
    expect(duration(at, undefined, Date.parse(at) + 4000).toString()).toBe(
      `<span data-since="${at}">4.0 s</span>`,
    );
    expect(duration(undefined, undefined).toString()).toBe('');
  });
});

describe('the graph', () => {
  const job = (key: string, needs: readonly string[]): Job => ({
    id: key.charCodeAt(0),
    runId: 1,
    attempt: 1,
    key,
    name: `Caller / ${key}`,
    needs,
    status: 'queued',
    createdAt: at,
    steps: [],
    annotations: [],
    outputs: {},
  });
  const drawn = (jobs: readonly Job[]) => {
    const markup = graph(jobs).toString();
    const at0 = [...markup.matchAll(/<rect x="(\d+)" y="(\d+)"/g)].map(([, x, y]) => ({
      x: Number(x),
      y: Number(y),
    }));
    const step = (axis: 'x' | 'y') => [...new Set(at0.map((place) => place[axis]))].sort((a, b) => a - b);
    const [columns, rows] = [step('x'), step('y')];
    return {
      places: at0.map(({ x, y }) => [columns.indexOf(x), rows.indexOf(y)]),
      edges: [...markup.matchAll(/class="edge/g)].length,
    };
  };

  test('columns by what waits for what, and only the waits that no other implies', () => {
    const { places, edges } = drawn([
      job('a', []),
      job('b', ['a']),
      job('c', ['a']),
      job('d', ['a', 'b', 'c']),
    ]);
    expect(places).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
      [2, 0],
    ]);
    expect(edges).toBe(4);
  });

  test('jobs that wait for one another in a circle, or for none that is there, are drawn as well', () => {
    expect(drawn([job('a', ['b']), job('b', ['a'])]).places).toHaveLength(2);
    expect(drawn([job('a', ['gone'])])).toEqual({ places: [[0, 0]], edges: 0 });
    expect(drawn([])).toEqual({ places: [], edges: 0 });
  });
});

describe('the pages', () => {
  let served: ServedHub;
  beforeEach(async () => {
    served = await serveHub();
  });
  afterEach(() => served.stop());

  const get = (path: string) => fetch(served.server.url + path, { redirect: 'manual' });
  const textOf = async (path: string): Promise<string> => (await get(path)).text();
  const post = (path: string, headers: Record<string, string> = {}) =>
    fetch(served.server.url + path, { method: 'POST', headers, redirect: 'manual' });

  test('GitHub’s addresses lead to ours', async () => {
    const run = addRun(served.hub, { sha: served.shas.first });
    const { id } = run.jobs[0]!;
    for (const [from, to] of [
      ['', '/'],
      ['/actions', '/runs'],
      [`/actions/runs/${run.id}`, `/runs/${run.id}`],
      [`/actions/runs/${run.id}/job/${id}`, `/runs/${run.id}#job-${id}`],
      [`/actions/runs/${run.id}/attempts/2`, `/runs/${run.id}`],
      ['/actions/workflows/ci.yml', '/runs?workflow=ci.yml'],
      [`/commit/${run.sha}`, `/runs?commit=${run.sha}`],
      ['/tree/feature%2Fbasket', '/runs?branch=feature%2Fbasket'],
      ['/deployments/a%20b', '/environments/a%20b'],
      ['/issues/1', '/issues/1'],
    ] as const) {
      const response = await get(`/rehearsal/shop${from}`);
      expect([from, response.status, response.headers.get('location')]).toEqual([from, 303, to]);
    }
  });

  test('what is not there has a page that says so', async () => {
    for (const path of [
      '/nowhere',
      '/runs/7',
      '/jobs/7/log',
      '/jobs/7/log.txt',
      '/issues/7',
      '/artifacts/7.zip',
    ]) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.text()).toContain('There is no such page');
    }
  });

  test('no page can run or load what is not this server’s', async () => {
    const policy = (await get('/')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const page = await textOf('/');
    expect(page).not.toMatch(/<script(?![^>]* src=)|style=|\son\w+=/);
    const chart = (await get('/assets/chart.html')).headers.get('content-security-policy') ?? '';
    expect(chart).toContain('sandbox allow-scripts');
    expect(chart).not.toContain('allow-same-origin');
  });

  test('runs are narrowed by commit, branch and workflow', async () => {
    addRun(served.hub, { sha: served.shas.first, displayTitle: 'The first' });
    addRun(served.hub, { sha: served.shas.develop, ref: 'refs/heads/develop', displayTitle: 'The basket' });
    const shown = async (query: string): Promise<string[]> => {
      const page = await textOf(`/runs${query}`);
      return ['The first', 'The basket'].filter((title) => page.includes(title));
    };
    expect(await shown('')).toEqual(['The first', 'The basket']);
    expect(await shown('?branch=develop')).toEqual(['The basket']);
    expect(await shown(`?commit=${served.shas.first.slice(0, 8)}`)).toEqual(['The first']);
    expect(await shown('?workflow=other.yml')).toEqual([]);
  });

  test('a run’s page shows its jobs, annotations, summaries, artifacts and what can be done', async () => {
    const run = addRun(served.hub, {
      sha: served.shas.first,
      conclusion: 'failure',
      artifacts: [{ id: 9, name: 'report', sizeBytes: 2048, directory: '/nowhere', createdAt: at }],
    });
    const job = addJob(served.hub, run, { key: 'deploy', name: 'Caller / Deploy', conclusion: 'failure' });
    job.steps[1]!.summary = '### Proof\n\n<script>x</script>All well.';
    job.annotations.push({ level: 'failure', step: 2, message: 'It <broke>', file: 'a.ts', line: 3 });
    served.hub.log(job.id, { at, step: 2, kind: 'group', text: 'Run make' });
    served.hub.log(job.id, { at, step: 2, kind: 'line', text: 'inside' });
    served.hub.log(job.id, { at, step: 2, kind: 'endgroup', text: '' });
    served.hub.log(job.id, { at, step: 2, kind: 'error', text: 'It <broke>' });
    const page = await textOf(`/runs/${run.id}`);
    expect(page).toContain('<h3>Proof</h3>');
    expect(page).toContain('It &#60;broke&#62;');
    expect(page).toContain('a.ts:3');
    expect(page).toContain('2.0 KiB');
    expect(page).toContain(`formaction="/runs/${run.id}/rerun-failed"`);
    expect(page).not.toContain('/cancel"');
    // The failed job is open with its lines; the one that went well is fetched when it is opened.
    expect(page).toMatch(/inside/);
    const other = await textOf(`/jobs/${run.jobs[0]!.id}/log`);
    expect(other).toContain('Run make');
    expect(await textOf(`/runs/${run.id}?live`)).not.toContain('inside');
    expect(await textOf(`/jobs/${job.id}/log.txt`)).toBe(
      [`${at} ##[group]Run make`, `${at} inside`, `${at} ##[endgroup]`, `${at} ##[error]It <broke>`, ''].join(
        '\n',
      ),
    );
  });

  test('buttons reach the engine; a page of another site does not', async () => {
    const run = addRun(served.hub, { sha: served.shas.first, status: 'in_progress' });
    const done = addRun(served.hub, { sha: served.shas.first, conclusion: 'failure' });
    const origin = served.server.url;
    expect((await post(`/runs/${run.id}/cancel`, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await post(`/runs/${run.id}/cancel`, { origin: 'null' })).status).toBe(403);
    expect(served.control.asked).toEqual([]);
    const cancelled = await post(`/runs/${run.id}/cancel`, { origin });
    expect([cancelled.status, cancelled.headers.get('location')]).toEqual([303, `/runs/${run.id}`]);
    await post(`/runs/${done.id}/rerun`, { origin });
    await post(`/runs/${done.id}/rerun-failed`, { origin });
    expect(served.control.asked).toEqual([
      `cancel ${run.id}`,
      `rerun ${done.id}`,
      `rerun ${done.id} failed only`,
    ]);
    // What writes is never asked for with GET.
    expect((await get(`/runs/${run.id}/cancel`)).status).toBe(404);
  });

  test('an environment’s page tells each of its deployments, and which is live', async () => {
    const { hub, shas } = served;
    const run = addRun(hub, { sha: shas.first, actor: 'grace' });
    const status = {
      id: 1,
      description: '',
      environmentUrl: 'http://127.0.0.1:9',
      logUrl: `${served.server.url}/rehearsal/shop/actions/runs/${run.id}`,
      createdAt: at,
    };
    addDeployment(hub, {
      sha: shas.first,
      statuses: [
        { ...status, state: 'success' },
        { ...status, state: 'inactive' },
      ],
    });
    addDeployment(hub, {
      sha: shas.second,
      payload: { version: '1.2.3', digest: `sha256:${'a'.repeat(64)}` },
      statuses: [{ ...status, state: 'success' }],
    });
    const page = await textOf('/environments/development');
    expect(page.match(/<tr class="live">/g)).toHaveLength(1);
    expect(page).toContain('<strong>1.2.3</strong>');
    expect(page).toContain('grace');
    hub.environment('development');
    const matrix = await textOf('/');
    expect(matrix).toContain('1.2.3');
    expect(matrix).toContain('http://127.0.0.1:9');
    expect(matrix).toContain('All 2 deployments');
  });

  test('open pages hear of changes, and of the log lines of their run', async () => {
    const run = addRun(served.hub, { sha: served.shas.first, status: 'in_progress' });
    const other = addRun(served.hub, { sha: served.shas.first, status: 'in_progress' });
    const closing = new AbortController();
    const response = await fetch(`${served.server.url}/events?run=${run.id}`, { signal: closing.signal });
    const line = (text: string) => ({ at, step: 2, kind: 'line' as const, text });
    const [job, elsewhere] = [run.jobs[0]!, other.jobs[0]!];
    served.hub.log(elsewhere.id, line('not ours'));
    served.hub.log(job.id, line('one <b>'));
    served.hub.log(job.id, line('two'));
    served.hub.saveRun(run);
    let received = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      received += chunk;
      if (received.includes('event: change')) break;
    }
    closing.abort();
    const data = /event: log\ndata: (.*)\n/.exec(received)?.[1] ?? '{}';
    const event = JSON.parse(data) as { jobId: number; lines: { index: number; html: string }[] };
    expect(event.jobId).toBe(job.id);
    expect(event.lines.map(({ index }) => index)).toEqual([0, 1]);
    expect(event.lines[0]?.html).toContain('one &#60;b&#62;');
    expect(received).not.toContain('not ours');
  });

  test('issues are shown as GitHub shows them', async () => {
    served.hub.issues.set(1, {
      id: 5,
      number: 1,
      title: 'Too <slow>',
      body: '**p95** is high',
      state: 'open',
      labels: ['incident'],
      author: 'ada',
      createdAt: at,
      updatedAt: at,
      comments: [{ id: 6, author: 'ada', body: 'Rolled *back*.', createdAt: at }],
    });
    expect(await textOf('/issues')).toContain('Too &#60;slow&#62;');
    const page = await textOf('/issues/1');
    expect(page).toContain('<strong>p95</strong>');
    expect(page).toContain('<em>back</em>');
  });
});
