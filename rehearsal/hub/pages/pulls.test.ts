import { processRun } from '../code-scanning/index.ts';
import { addRun, at, serveHub, type ServedHub } from '../hub.fixture.ts';

let served: ServedHub;
beforeEach(async () => {
  served = await serveHub();
});
afterEach(() => served.stop());

const read = async (address: string): Promise<string> => (await fetch(served.server.url + address)).text();

async function post(address: string, fields: Readonly<Record<string, string>> = {}) {
  const response = await fetch(served.server.url + address, {
    method: 'POST',
    headers: { origin: served.server.url },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
  return { status: response.status, to: response.headers.get('location'), text: await response.text() };
}

const proposal = {
  head: 'feature/basket',
  base: 'main',
  title: 'A <b>basket</b>',
  body: 'With **room**',
  actor: 'ada',
};

describe('pull requests', () => {
  test('one is opened in the page, shown with its comments and runs, closed, opened again and merged', async () => {
    expect(await read('/pulls')).toContain('<option >feature/basket</option>');
    expect((await post('/pulls', proposal)).to).toBe('/pulls/1');
    const pull = served.hub.pullRequests.get(1);
    pull!.comments.push({
      id: 9,
      author: 'github-actions[bot]',
      body: '<!-- mark -->\n| a |\n| - |\n| `b` |\n\n<script>x</script>',
      createdAt: at,
    });
    addRun(served.hub, {
      event: 'pull_request',
      ref: 'refs/pull/1/merge',
      sha: served.shas.second,
      displayTitle: 'A basket',
      pullRequest: { number: 1, headRef: 'feature/basket', baseRef: 'main', headSha: served.shas.develop },
    });
    const page = await read('/pulls/1');
    expect(page).toContain('A &#60;b&#62;basket&#60;/b&#62;');
    expect(page).toContain('<strong>room</strong>');
    expect(page).toContain('<td><code>b</code></td>');
    expect(page).not.toContain('<script>x');
    expect(page).toContain('#1 feature/basket');
    expect(page).toContain('It changes no file.');
    await post('/pulls/1/close', { actor: 'grace' });
    expect(pull?.state).toBe('closed');
    await post('/pulls/1/reopen');
    expect(pull?.state).toBe('open');
    await post('/pulls/1/merge', { actor: 'grace' });
    expect(await read('/pulls/1')).toContain('grace merged it');
    expect((await post('/pulls/7/close')).status).toBe(404);
  });

  test('what cannot be opened is said', async () => {
    const refused = await post('/pulls', { ...proposal, head: 'main' });
    expect([refused.status, refused.text]).toEqual([
      422,
      expect.stringContaining('No commits between main and main') as string,
    ]);
  });

  test('one that conflicts says in which files, and offers no merge', async () => {
    await post('/pulls', proposal);
    served.hub.pullRequests.get(1)!.merge = { kind: 'conflict', files: ['src/a.ts'] };
    const page = await read('/pulls/1');
    expect(page).toContain('src/a.ts');
    expect(page).not.toContain('formaction="/pulls/1/merge"');
  });
});

describe('alerts', () => {
  const found = (id: string, severity: 'critical' | 'low', print: string) => ({
    rule: {
      id,
      name: id,
      severity: 'error' as const,
      securitySeverity: severity,
      description: `A hole <${id}>`,
      fullDescription: '',
      tags: [],
      help: 'Update **it**',
      helpUri: null,
    },
    message: 'minimist 1.0.0',
    location: { path: 'package-lock.json', startLine: 7, startColumn: 1, endLine: 7, endColumn: 1 },
    fingerprint: print,
  });

  beforeEach(() => {
    const { hub, shas } = served;
    const run = { tool: 'Trivy', toolVersion: '0.71.0', category: 'image', rules: 2 };
    const upload = {
      sarifId: 's',
      ref: 'refs/heads/main',
      commitSha: shas.second,
      key: '(default)',
      at,
      nextId: () => hub.nextId(),
    };
    const results = [found('LOW-1', 'low', 'a'), found('CVE-1', 'critical', 'b')];
    processRun(hub.codeScanning, { ...run, results }, upload);
    processRun(hub.codeScanning, { ...run, results: [] }, { ...upload, ref: 'refs/heads/develop' });
  });

  test('the worst comes first, with its place, its tool and its state', async () => {
    const page = await read('/security');
    expect(page).toContain('1 critical, 1 low open');
    expect(page.indexOf('CVE-1')).toBeLessThan(page.indexOf('LOW-1'));
    expect(page).toContain('package-lock.json:7');
    expect(page).toContain('A hole &#60;CVE-1&#62;');
    expect(await read('/security?ref=refs/heads/develop')).toContain('Nothing is open');
  });

  test('one is dismissed with a reason that GitHub knows, and opened again', async () => {
    expect(await read('/security/2')).toContain('Update <strong>it</strong>');
    expect((await post('/security/2/dismiss', { reason: 'no time' })).status).toBe(422);
    await post('/security/2/dismiss', { reason: 'used in tests', comment: 'A <fixture>', actor: 'grace' });
    expect(await read('/security/2')).toMatch(/grace dismissed it[^]*used in tests[^]*A &#60;fixture&#62;/);
    const alert = 'href="/security/2"';
    expect(await read('/security')).not.toContain(alert);
    for (const state of ['dismissed', 'all']) {
      expect(await read(`/security?state=${state}`)).toContain(alert);
    }
    expect(await read('/security?state=fixed')).toContain('None here.');
    await post('/security/2/open');
    expect(await read('/security')).toContain(alert);
    expect((await post('/security/9/open')).status).toBe(404);
  });
});
