import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Rehearsed } from '../engine/engine.fixture.ts';
import { conclusions, jobOf, logOf, rehearse } from '../engine/engine.fixture.ts';
import { standIns } from './index.ts';
import { satisfies } from './setup-node.ts';

let shop: Rehearsed;
beforeEach(async () => {
  shop = await rehearse();
});
afterEach(() => shop.end());

const workflow = (jobs: string): Record<string, string> => ({
  '.github/workflows/ci.yml': `on: push\njobs:\n${jobs}`,
});

test('artifacts go from job to job, by name, by pattern, merged', async () => {
  const [run] = await shop.push(
    workflow(`
  a:
    runs-on: x
    steps:
      - run: mkdir -p out/deep; echo 1 > out/one.txt; echo 2 > out/deep/two.txt; echo h > out/.hidden
      - { uses: actions/upload-artifact@v7, with: { name: report-a, path: out } }
      - { uses: actions/upload-artifact@v7, with: { name: report-b, path: "out/deep/*.txt\\n!out/one.txt" } }
      - { uses: actions/upload-artifact@v7, with: { name: nothing, path: nowhere } }
      - { continue-on-error: true, uses: actions/upload-artifact@v7, with: { name: x, path: nowhere, if-no-files-found: error } }
      - { continue-on-error: true, uses: actions/upload-artifact@v7, with: { name: report-a, path: out } }
  b:
    needs: a
    runs-on: x
    steps:
      - { uses: actions/download-artifact@v8, with: { name: report-a, path: got } }
      - { uses: actions/download-artifact@v8, with: { pattern: 'report-*', path: all } }
      - { uses: actions/download-artifact@v8, with: { path: merged, merge-multiple: true } }
      - run: find got all merged -type f | sort
      - { uses: actions/download-artifact@v8, with: { name: other } }
`),
  );
  expect(run?.artifacts.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ['report-a', 4],
    ['report-b', 2],
  ]);
  expect(jobOf(run, 'a').annotations.map((annotation) => [annotation.level, annotation.message])).toEqual([
    ['warning', 'No files were found with the provided path: nowhere. No artifacts will be uploaded.'],
    ['failure', 'No files were found with the provided path: nowhere. No artifacts will be uploaded.'],
    [
      'failure',
      'an artifact with this name already exists on the workflow run: report-a. Set overwrite: true to replace it.',
    ],
  ]);
  const b = jobOf(run, 'b');
  expect(logOf(shop, b)).toContain(
    [
      'all/report-a/deep/two.txt',
      'all/report-a/one.txt',
      'all/report-b/two.txt',
      'got/deep/two.txt',
      'got/one.txt',
      'merged/deep/two.txt',
      'merged/one.txt',
      'merged/two.txt',
    ].join('\n'),
  );
  expect(b.annotations[0]?.message).toBe(
    'Unable to download artifact(s): Artifact not found for name: other. The run has report-a, report-b.',
  );
});

test('a cache is saved after the job, and restored by key or by prefix', async () => {
  const files = workflow(`
  a:
    runs-on: x
    steps:
      - id: c
        uses: actions/cache@v5
        with: { path: store, key: 'deps-\${{ github.run_number }}', restore-keys: 'deps-' }
      - run: echo "hit [\${{ steps.c.outputs.cache-hit }}] $(cat store/x 2>/dev/null)"; mkdir -p store; echo "$GITHUB_RUN_NUMBER" > store/x
`);
  const [first] = await shop.push(files);
  const [second] = await shop.push({});
  expect(logOf(shop, jobOf(first, 'a'))).toContain('hit [false] \n');
  expect(logOf(shop, jobOf(first, 'a'))).toContain('Cache saved with key: deps-1');
  expect(logOf(shop, jobOf(second, 'a'))).toContain('hit [false] 1\n');
});

test('checkout: whole history, another ref, a path, and what it refuses', async () => {
  await shop.push({ 'a.txt': '1' });
  const [run] = await shop.push({
    ...workflow(`
  a:
    runs-on: x
    steps:
      - { uses: actions/checkout@v7, with: { fetch-depth: 0, path: whole } }
      - { uses: actions/checkout@v7, with: { path: shallow, persist-credentials: false } }
      - { uses: actions/checkout@v7, with: { path: tagged, ref: refs/heads/develop } }
      - run: echo "$(git -C whole rev-list --count HEAD) $(git -C shallow rev-list --count HEAD) $(ls)"
      - { continue-on-error: true, uses: actions/checkout@v7, with: { ref: nowhere } }
      - { continue-on-error: true, uses: actions/checkout@v7, with: { repository: other/repo } }
      - { continue-on-error: true, uses: actions/checkout@v7, with: { path: ../../.. } }
`),
  });
  const job = jobOf(run, 'a');
  expect(run?.conclusion).toBe('success');
  expect(logOf(shop, job)).toContain('2 1 shallow\ntagged\nwhole');
  expect(job.annotations.map((annotation) => annotation.message)).toEqual([
    "A branch or tag with the name 'nowhere' could not be found.",
    'The rehearsal has rehearsal/shop alone, and cannot check out other/repo.',
    'The path ../../.. is outside of the workspace.',
  ]);
});

test('a tag is checked out as one', async () => {
  const files = workflow(`
  a:
    runs-on: x
    steps:
      - uses: actions/checkout@v7
      - run: git describe --tags --exact-match; git rev-parse HEAD
`);
  const [run] = await shop.push(files, 'refs/tags/v1.0.0');
  expect(logOf(shop, jobOf(run, 'a'))).toContain(`v1.0.0\n${run?.sha ?? ''}`);
});

test('those with nothing to do say so; setup-node says which Node there is', async () => {
  const [run] = await shop.push(
    workflow(`
  a:
    runs-on: x
    steps:
      - { uses: step-security/harden-runner@v2, with: { egress-policy: audit } }
      - uses: docker/setup-buildx-action@v4
      - { uses: actions/setup-node@v7, with: { node-version: '12' } }
      - run: node --version
`),
  );
  const job = jobOf(run, 'a');
  expect(conclusions(run)).toEqual({ run: 'success', a: 'success' });
  expect(logOf(shop, job)).toContain('Outgoing traffic is neither watched nor blocked here.');
  expect(logOf(shop, job)).toContain(`\n${process.version}`);
  expect(job.annotations[0]?.message).toContain('Node 12 is asked for');
});

test.each([
  ['24.1.0', '24', true],
  ['24.1.0', '24.x', true],
  ['24.1.0', '>=20', true],
  ['24.1.0', 'lts/*', true],
  ['24.1.0', 'v22.3.1', false],
  ['18.0.0', '>=20', false],
])('Node %s for %s: %s', (present, wanted, expected) => {
  expect(satisfies(present, wanted)).toBe(expected);
});

test("a job's folder is gone after it, and kept on a failure where that is wished", async () => {
  await shop.end();
  shop = await rehearse({ keepFailed: true });
  const [run] = await shop.push(
    workflow(`
  a: { runs-on: x, steps: [{ run: 'echo "at $PWD"; exit 1' }] }
  b: { runs-on: x, steps: [{ run: 'echo "at $PWD"' }] }
`),
  );
  const folderOf = (key: string): string => /^at (.*)$/m.exec(logOf(shop, jobOf(run, key)))?.[1] ?? '';
  expect(path.basename(folderOf('a'))).toBe('shop');
  expect([existsSync(folderOf('a')), existsSync(folderOf('b'))]).toEqual([true, false]);
});

test('the table of stand-ins in the README is complete', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '..', 'engine', 'README.md'), 'utf8');
  const rows = readme
    .slice(readme.indexOf('## Stand-ins'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, 4),
    );
  expect(rows).toEqual(standIns.map(({ action, does, doesNot }) => [`\`${action}\``, does, doesNot]));
});
