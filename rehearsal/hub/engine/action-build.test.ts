import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runnerEnvironment } from '../runner/environment.ts';
import { packBuilder } from './action-build.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'sluice-build-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A pack whose sources are one file and whose build copies it. */
function pack(name: string, source: string, dist?: string): string {
  const root = path.join(folder, name);
  const write = (file: string, content: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  };
  write('source.txt', source);
  write('package-lock.json', '{}');
  write('node_modules/tool.txt', 'the tool');
  write(
    'scripts/source-hash.mjs',
    "import { readFileSync } from 'node:fs';\nexport const sourceHash = (root) => 'hash-of-' + readFileSync(root + '/source.txt', 'utf8');\n",
  );
  write(
    'scripts/build.mjs',
    `import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { sourceHash } from './source-hash.mjs';
const root = process.argv[2];
const source = readFileSync(root + '/source.txt', 'utf8');
if (source === 'broken') throw new Error('does not compile');
console.log('built with', readFileSync(root + '/node_modules/tool.txt', 'utf8'));
mkdirSync(root + '/dist');
writeFileSync(root + '/dist/index.js', source);
writeFileSync(root + '/dist/source.json', JSON.stringify({ source: sourceHash(root) }));
`,
  );
  if (dist !== undefined) {
    write('dist/index.js', dist);
    write('dist/source.json', JSON.stringify({ source: `hash-of-${dist}` }));
  }
  return root;
}

async function build(working: string, checkout: string): Promise<string[]> {
  const lines: string[] = [];
  await packBuilder(working, path.join(folder, 'cache'))(checkout, {
    log: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  return lines;
}

/** A checkout has no node_modules of its own. */
function checkout(name: string, source: string): string {
  const root = pack(name, source);
  rmSync(path.join(root, 'node_modules'), { recursive: true });
  return root;
}

const bundle = (root: string): string => readFileSync(path.join(root, 'dist', 'index.js'), 'utf8');

test("the working copy's own dist/ is used where it was made from the same sources", async () => {
  const at = checkout('checkout', 'same');
  expect(await build(pack('working', 'whatever', 'same'), at)).toEqual([
    "The actions' dist/ is the one of the working copy, made from the same sources.",
  ]);
  expect(bundle(at)).toBe('same');
});

test('other sources are built once, with the modules of the working copy, which are taken away again', async () => {
  const working = pack('working', 'whatever', 'old');
  const first = checkout('first', 'new');
  expect(await build(working, first)).toEqual([
    "The actions are compiled, as a release does: this commit's sources have no dist/ yet.",
    'built with the tool',
  ]);
  expect([bundle(first), existsSync(path.join(first, 'node_modules'))]).toEqual(['new', false]);
  expect(existsSync(path.join(working, 'node_modules', 'tool.txt'))).toBe(true);

  const second = checkout('second', 'new');
  expect(await build(working, second)).toEqual([
    "The actions' dist/ was made before, from the same sources.",
  ]);
  expect(bundle(second)).toBe('new');
});

test('a build that fails is an error, leaves nothing in the cache, and its output is in the log', async () => {
  const working = pack('working', 'whatever');
  const lines: string[] = [];
  const builder = packBuilder(working, path.join(folder, 'cache'));
  const broken = checkout('broken', 'broken');
  await expect(
    builder(broken, { log: (line) => lines.push(line), signal: new AbortController().signal }),
  ).rejects.toThrow('The actions could not be compiled');
  expect(lines.join('\n')).toContain('Error: does not compile');
  expect(existsSync(path.join(folder, 'cache'))).toBe(false);
});

test('a commit that carries its dist/, and one that is no pack, are left as they are', async () => {
  const working = pack('working', 'whatever', 'same');
  const release = pack('release', 'same', 'of the release');
  expect(await build(working, release)).toEqual([]);
  expect(bundle(release)).toBe('of the release');
  const other = path.join(folder, 'other');
  mkdirSync(other);
  expect(await build(working, other)).toEqual([]);
});

test('where the modules are others, npm runs on the rehearsal’s own Node, and sees no credential', async () => {
  const tools = path.join(folder, 'tools');
  mkdirSync(tools);
  const npm = `#!/usr/bin/env node
const fs = require('node:fs');
fs.mkdirSync('node_modules');
fs.writeFileSync('node_modules/tool.txt', [process.argv[2], process.execPath, process.env.AWS_SECRET_ACCESS_KEY ?? 'none'].join(' '));
`;
  writeFileSync(path.join(tools, 'npm'), npm, { mode: 0o755 });
  // Another Node of the machine's, first on its PATH.
  writeFileSync(path.join(tools, 'node'), '#!/bin/sh\nexit 9\n', { mode: 0o755 });
  const user = {
    ...process.env,
    PATH: `${tools}:${process.env.PATH ?? ''}`,
    AWS_SECRET_ACCESS_KEY: 'canary',
  };
  const working = pack('working', 'whatever');
  const old = checkout('old', 'new');
  writeFileSync(path.join(old, 'package-lock.json'), '{"other": true}');
  const lines: string[] = [];
  const environment = runnerEnvironment(user, process.execPath);
  // npm stands beside Node where Node was installed with it.
  environment.PATH = `${linkedNode()}:${tools}:/usr/bin:/bin`;
  await packBuilder(
    working,
    path.join(folder, 'cache'),
    environment,
  )(old, {
    log: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  expect(lines.at(-1)).toBe(`built with ci ${realpathSync(process.execPath)} none`);
});

/** A folder with the rehearsal's Node alone. */
function linkedNode(): string {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, path.join(bin, 'node'));
  return bin;
}
