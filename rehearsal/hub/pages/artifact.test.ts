import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { addRun, at, serveHub, type ServedHub } from '../hub.fixture.ts';

let served: ServedHub;
let id: number;
beforeEach(async () => {
  served = await serveHub();
  const directory = path.join(served.folder, 'artifacts', 'report');
  mkdirSync(path.join(directory, 'pictures'), { recursive: true });
  const put = (name: string, content: string | Uint8Array): void =>
    writeFileSync(path.join(directory, name), content);
  put('report.md', '# Report\n\n<script>alert(1)</script>\n\n**fast**\n');
  put('result.json', '{"p95": 120, "note": "<b>"}');
  put('pictures/chart.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  put('pictures/page.html', '<script>alert(1)</script>');
  put('raw.bin', Uint8Array.of(0, 1, 2, 255));
  put("it's 100 %.txt", 'odd name');
  writeFileSync(path.join(served.folder, 'artifacts', 'outside.txt'), 'not of the artifact');
  symlinkSync('../outside.txt', path.join(directory, 'link.txt'));
  symlinkSync('/proc', path.join(directory, 'folder'));
  const run = addRun(served.hub, { sha: served.shas.first });
  id = served.hub.nextId();
  run.artifacts.push({ id, name: 'report', sizeBytes: 2_000, directory, createdAt: at });
});
afterEach(() => served.stop());

const get = (address: string): Promise<Response> =>
  fetch(served.server.url + address, { redirect: 'manual' });
const page = (file: string): Promise<Response> => get(`/artifacts/${id}?file=${encodeURIComponent(file)}`);
const raw = (file: string): Promise<Response> => get(`/artifacts/${id}/raw?file=${encodeURIComponent(file)}`);

test('a run lists its artifacts, and an artifact its files, without what links lead to', async () => {
  const run = await (await get(`/runs/${[...served.hub.runs.keys()][0] ?? 0}`)).text();
  expect(run).toContain(`<a href="/artifacts/${id}">report</a>`);
  expect(run).toMatch(/6 files, 2.0 KiB/);
  const listed = await (await get(`/artifacts/${id}`)).text();
  const names = [...listed.matchAll(/\?file=([^"]+)"/g)].map(([, name = '']) => decodeURIComponent(name));
  expect(names).toEqual([
    'it&#39;s 100 %.txt',
    'pictures/chart.svg',
    'pictures/page.html',
    'raw.bin',
    'report.md',
    'result.json',
  ]);
});

test('Markdown is rendered and does nothing, text is text, an image is an image', async () => {
  const report = await (await page('report.md')).text();
  expect(report).toContain('<strong>fast</strong>');
  expect(report).not.toContain('alert(1)');
  expect(await (await page('result.json')).text()).toContain('&#34;note&#34;: &#34;&#60;b&#62;&#34;');
  const picture = await (await page('pictures/chart.svg')).text();
  expect(picture).toContain(`<img src="/artifacts/${id}/raw?file=pictures%2Fchart.svg"`);
  expect(picture).not.toContain('alert(1)');
  expect(await (await page('raw.bin')).text()).toContain('it can be downloaded');
  expect(await (await page('pictures/page.html')).text()).toContain('&#60;script&#62;alert(1)');
});

test.each([
  ['pictures/chart.svg', 'image/svg+xml'],
  ['pictures/page.html', 'application/octet-stream'],
  ['report.md', 'application/octet-stream'],
  ['raw.bin', 'application/octet-stream'],
])('the bytes of %s run nowhere: they are %s, in a sandbox, for download', async (file, type) => {
  const { status, headers } = await raw(file);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe(type);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*; sandbox$/);
  expect(headers.get('content-disposition')).toMatch(/^attachment; /);
});

test('a name with quotes and per cents is downloaded under its own', async () => {
  const { headers } = await raw("it's 100 %.txt");
  expect(headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''it%27s%20100%20%25.txt");
});

test.each([
  '../outside.txt',
  'pictures/../../outside.txt',
  '/etc/passwd',
  'link.txt',
  'folder/version',
  './report.md',
  'report.md/',
  'report.md\0',
  '..\\outside.txt',
  '',
  '.',
])('nothing outside of the artifact is reached by %j', async (file) => {
  expect([(await page(file)).status, (await raw(file)).status]).toEqual([404, 404]);
});

test('an artifact whose folder is gone says so', async () => {
  const run = addRun(served.hub, { sha: served.shas.first });
  const gone = served.hub.nextId();
  run.artifacts.push({ id: gone, name: 'gone', sizeBytes: 1, directory: '/nowhere', createdAt: at });
  expect(await (await get(`/artifacts/${gone}`)).text()).toContain('Its folder is gone');
  expect((await get(`/artifacts/${gone}.zip`)).status).toBe(404);
  expect((await get('/artifacts/7')).status).toBe(404);
});

test('the address that the upload gives leads to the artifact', async () => {
  const to = await get(`/rehearsal/shop/actions/runs/1/artifacts/${id}`);
  expect(to.headers.get('location')).toBe(`/artifacts/${id}`);
});
