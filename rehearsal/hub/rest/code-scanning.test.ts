import { gzipSync } from 'node:zlib';
import { serveHub, type ServedHub } from '../hub.fixture.ts';
import { asking } from './asking.fixture.ts';

let served: ServedHub;
const ask = asking(() => served.server);
beforeEach(async () => {
  served = await serveHub();
});
afterEach(() => served.stop());

interface Found {
  readonly rule?: string;
  readonly path?: string;
  readonly line?: number;
  readonly print?: string;
}

const sarifOf = (
  found: readonly Found[],
  { tool = 'Trivy', category = 'image/', score = '9.8' } = {},
): object => ({
  version: '2.1.0',
  runs: [
    {
      automationDetails: { id: category },
      tool: {
        driver: {
          name: tool,
          semanticVersion: '0.71.0',
          rules: [
            {
              id: 'CVE-2026-1',
              shortDescription: { text: 'A hole' },
              help: { text: 'Update it' },
              properties: { 'security-severity': score, tags: ['security'] },
            },
          ],
        },
      },
      results: found.map(({ rule = 'CVE-2026-1', path = 'package-lock.json', line = 1, print }) => ({
        ruleId: rule,
        level: 'error',
        message: { text: 'minimist 1.0.0' },
        locations: [{ physicalLocation: { artifactLocation: { uri: path }, region: { startLine: line } } }],
        ...(print === undefined ? {} : { partialFingerprints: { 'print/v1': print } }),
      })),
    },
  ],
});

const packed = (document: unknown): string => gzipSync(JSON.stringify(document)).toString('base64');

async function upload(
  document: unknown,
  { ref = 'refs/heads/main', token = served.server.adminToken, sarif = packed(document) } = {},
) {
  const body = { commit_sha: served.shas.second, ref, sarif };
  return ask('code-scanning/upload-sarif', {}, { body, token });
}

/** What GitHub says of a file: once it had the time to process it, unless it was uploaded otherwise. */
async function statusOf(answer: { readonly body: unknown }, uploadedAgoMs = 60_000): Promise<unknown> {
  const { id } = answer.body as { id: string };
  const { uploads } = served.hub.codeScanning;
  const index = uploads.findIndex((one) => one.id === id);
  uploads[index] = { ...uploads[index]!, at: new Date(Date.now() - uploadedAgoMs).toISOString() };
  return (await ask('code-scanning/get-sarif', { sarif_id: id })).body;
}

const alerts = async (query = ''): Promise<readonly Record<string, unknown>[]> =>
  (await ask('code-scanning/list-alerts-for-repo', {}, { query })).body as Record<string, unknown>[];

describe('an upload', () => {
  test('raises an alert for each finding, with its rule, its place and how bad it is', async () => {
    const answer = await upload(sarifOf([{ path: 'a%20b/x.ts', line: 7 }]));
    expect(answer.status).toBe(202);
    expect(await statusOf(answer)).toMatchObject({ processing_status: 'complete' });
    expect(await alerts()).toMatchObject([
      {
        number: 1,
        state: 'open',
        rule: { id: 'CVE-2026-1', security_severity_level: 'critical', severity: 'error' },
        tool: { name: 'Trivy', version: '0.71.0' },
        most_recent_instance: {
          ref: 'refs/heads/main',
          category: 'image',
          analysis_key: '(default)',
          location: { path: 'a b/x.ts', start_line: 7 },
          message: { text: 'minimist 1.0.0' },
        },
      },
    ]);
    expect((await ask('code-scanning/get-alert', { alert_number: 1 })).body).toMatchObject({
      rule: { help: 'Update it' },
    });
    expect((await ask('code-scanning/list-recent-analyses')).body).toMatchObject([
      { results_count: 1, rules_count: 1, category: 'image' },
    ]);
  });

  test('that no longer has a finding fixes it, on its ref and of its category alone', async () => {
    await upload(sarifOf([{ print: 'a' }, { print: 'b' }]));
    await upload(sarifOf([{ print: 'a' }]), { ref: 'refs/heads/develop' });
    await upload(sarifOf([], { category: 'source/' }));
    expect((await alerts('?state=open')).map(({ number }) => number)).toEqual([2, 1]);
    await upload(sarifOf([{ print: 'b', line: 40 }]));
    expect(await alerts()).toMatchObject([
      { number: 2, state: 'open', most_recent_instance: { location: { start_line: 40 } } },
      { number: 1, state: 'fixed', fixed_at: expect.any(String) as string },
    ]);
    expect(await alerts('?ref=develop')).toMatchObject([{ number: 1, state: 'open' }]);
    await upload(sarifOf([{ print: 'a' }, { print: 'b' }]));
    expect((await alerts('?state=open')).map(({ number }) => number)).toEqual([2, 1]);
  });

  test.each([
    [
      { version: '2.1.0', runs: [{ tool: { driver: { name: 'T' } }, results: [{ ruleId: 'R' }] }] },
      'locationFromSarifResult: expected at least one location',
    ],
    [
      {
        version: '2.1.0',
        runs: [{ tool: { driver: { name: 'T' } }, results: [{ ruleId: 'R', locations: [{}] }] }],
      },
      'locationFromSarifResult: expected artifact location',
    ],
    [
      { version: '2.1.0', runs: Array.from({ length: 21 }, () => ({})) },
      'rejecting SARIF, as there are more runs than allowed (21 > 20)',
    ],
    [
      {
        version: '2.1.0',
        runs: [{ tool: { driver: { name: 'T' } }, results: Array.from({ length: 25_001 }, () => ({})) }],
      },
      'rejecting SARIF, as there are more results per run than allowed (25001 > 25000)',
    ],
    [{ version: '1.0.0', runs: [] }, 'invalid SARIF: expected an object with "version": "2.1.0" and "runs"'],
    [[], 'invalid SARIF: expected an object with "version": "2.1.0" and "runs"'],
  ])('that is no SARIF that GitHub takes fails when it is processed (%#)', async (document, error) => {
    const answer = await upload(document);
    expect(answer.status).toBe(202);
    expect(await statusOf(answer)).toEqual({
      processing_status: 'failed',
      analyses_url: null,
      errors: [error],
    });
    expect(served.hub.codeScanning.alerts).toEqual([]);
  });

  const finding = { ruleId: 'R', locations: [{ physicalLocation: { artifactLocation: { uri: 'a' } } }] };
  const runOf = (result: object, driver: object = {}, tool: object = {}): object => ({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'T', ...driver }, ...tool }, results: [result] }],
  });
  const step = { location: {} };
  test.each([
    [
      runOf({ ...finding, locations: Array.from({ length: 1_001 }, () => finding.locations[0]) }),
      'locations per result than allowed (1001 > 1000)',
    ],
    [
      runOf({
        ...finding,
        codeFlows: [{ threadFlows: [{ locations: Array.from({ length: 10_001 }, () => step) }] }],
      }),
      'threadflow steps per result than allowed (10001 > 10000)',
    ],
    [
      runOf(finding, { rules: [{ id: 'R', properties: { tags: Array.from({ length: 21 }, String) } }] }),
      'tags per rule than allowed (21 > 20)',
    ],
    [
      runOf(finding, {}, { extensions: Array.from({ length: 101 }, () => ({ name: 'E' })) }),
      'extensions per run than allowed (101 > 100)',
    ],
  ])('that is beyond a limit of GitHub is refused when it is processed (%#)', async (document, error) => {
    const answer = await upload(document);
    expect(await statusOf(answer)).toMatchObject({
      processing_status: 'failed',
      errors: [`rejecting SARIF, as there are more ${error}`],
    });
    expect(served.hub.codeScanning.alerts).toEqual([]);
  });

  test('is pending at first', async () => {
    const answer = await upload(sarifOf([{}]));
    // Not yet, however long this test takes.
    expect(await statusOf(answer, -60_000)).toEqual({ processing_status: 'pending', analyses_url: null });
  });

  test('with one result that has no place raises nothing at all', async () => {
    const document = sarifOf([{}]) as { runs: { results: object[] }[] };
    document.runs[0]!.results.push({ ruleId: 'R', locations: [] });
    await upload(document);
    expect(served.hub.codeScanning.alerts).toEqual([]);
  });

  test.each([
    ['no archive', 'not base64 at all', 'The SARIF file is not a gzip archive in Base64.'],
    ['no JSON', gzipSync('<xml/>').toString('base64'), 'The SARIF file is not JSON.'],
  ])('with %s is refused at once', async (_, sarif, message) => {
    expect(await upload(undefined, { sarif })).toMatchObject({ status: 400, body: { message } });
  });

  test('larger than 1 MB is taken, and larger than 10 MB is not', async () => {
    const big = { ...sarifOf([{}]), padding: randomText(1_500_000) };
    expect((await upload(big)).status).toBe(202);
    const sarif = Buffer.alloc(10_000_001).toString('base64');
    expect((await upload(undefined, { sarif })).status).toBe(413);
  });

  test('of a commit that is not here, or of a ref that is none, is refused', async () => {
    const sarif = packed(sarifOf([]));
    const body = { commit_sha: 'f'.repeat(40), ref: 'refs/heads/main', sarif };
    expect((await ask('code-scanning/upload-sarif', {}, { body })).status).toBe(404);
    const main = { ...body, ref: 'main' };
    expect((await ask('code-scanning/upload-sarif', {}, { body: main })).status).toBe(422);
  });

  test('needs its permission, and names the job that made it', async () => {
    const refused = await upload(sarifOf([]), { token: served.token({ contents: 'write' }) });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('security_events=write');
    await upload(sarifOf([{}]), { token: served.token({ 'security-events': 'write' }) });
    expect(await alerts()).toMatchObject([
      { most_recent_instance: { analysis_key: '.github/workflows/ci.yml:build' } },
    ]);
  });

  test('of 6,000 findings keeps the 5,000 that are worst, and says so', async () => {
    const found = Array.from({ length: 6_000 }, (_, index) => ({ print: String(index) }));
    await upload(sarifOf(found));
    expect(served.hub.codeScanning.alerts).toHaveLength(5_000);
    expect(served.hub.codeScanning.analyses[0]?.warning).toContain('6000 results');
  });
});

describe('alerts', () => {
  test('are narrowed by state, severity and tool, and come in pages', async () => {
    await upload(sarifOf([{ print: 'a' }, { print: 'b' }]));
    await upload(sarifOf([{ rule: 'R' }], { tool: 'Secretlint', score: '3' }));
    expect(await alerts('?tool_name=Secretlint')).toHaveLength(1);
    expect(await alerts('?severity=critical')).toHaveLength(2);
    expect(await alerts('?severity=low')).toHaveLength(0);
    const first = await ask('code-scanning/list-alerts-for-repo', {}, { query: '?per_page=2' });
    expect(first.body).toHaveLength(2);
    expect(first.headers.get('link')).toContain('rel="next"');
  });

  test('one is dismissed with a reason, found as closed, and opened again', async () => {
    await upload(sarifOf([{}]));
    const change = (body: object) => ask('code-scanning/update-alert', { alert_number: 1 }, { body });
    expect((await change({ state: 'dismissed' })).status).toBe(422);
    const dismissed = await change({
      state: 'dismissed',
      dismissed_reason: 'used in tests',
      dismissed_comment: 'It is a fixture',
    });
    expect(dismissed.body).toMatchObject({ state: 'dismissed', dismissed_by: { login: 'rehearsal' } });
    expect(await alerts('?state=closed')).toHaveLength(1);
    await upload(sarifOf([{}]));
    expect(await alerts()).toMatchObject([{ state: 'dismissed' }]);
    expect((await change({ state: 'open' })).body).toMatchObject({ state: 'open', dismissed_at: null });
    expect((await ask('code-scanning/get-alert', { alert_number: 9 })).status).toBe(404);
  });
});

/** Text that hardly packs. */
function randomText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}
