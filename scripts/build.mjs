// `npm run build`: TypeScript → build/ (tsc), then one ncc bundle → dist/, with a chunk an action and one for the
// command line. dist/ is a package of its own, without dependencies: what `npx` takes from a release.
//
// ncc is given JavaScript: under `module: nodenext` its own TypeScript loader cannot tell that the package is
// ESM and ships CommonJS that throws (docs/decisions.md). Every action is run once by the test suite after this.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { minifySync } from '@swc/core';
import { requireNode24 } from './require-node.mjs';
import { sourceHash } from './source-hash.mjs';

requireNode24();
const root = path.resolve(process.argv[2] ?? '.');
const bin = (script) => path.join(root, 'node_modules', script);
const run = (script, args) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin(script), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stderr.write(stdout + stderr);
    console.error(`npm run build: ${script} failed with exit code ${status}.`);
    process.exit(1);
  }
};

// Built aside and moved into place, so that a build that is killed leaves the last whole dist/.
mkdirSync(path.join(root, 'build'), { recursive: true });
const work = mkdtempSync(path.join(root, 'build', 'run-'));
try {
  run('typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', path.join(work, 'js')]);
  cpSync(path.join(root, 'package.json'), path.join(work, 'js', 'package.json'));
  declareFreeOfSideEffects('@actions/core', path.join(work, 'js'));
  run('@vercel/ncc/dist/ncc/cli.js', [
    'build',
    path.join(work, 'js', 'actions', 'index.js'),
    '--out',
    path.join(work, 'dist'),
    '--minify',
    '--target',
    'es2022',
    '--license',
    'licenses.txt',
    '--no-cache',
  ]);
  // ncc's --minify stops at index.js; the chunks are most of the weight (4.2 MB, 1.7 MB afterwards).
  for (const name of readdirSync(path.join(work, 'dist')).filter((file) => file.endsWith('.js'))) {
    const file = path.join(work, 'dist', name);
    const chunk = readFileSync(file, 'utf8');
    // What ncc cannot find, it leaves to the run time, and exits with 0.
    const missing = /eval\("require"\)\("([^"]+)"\)/.exec(chunk)?.[1];
    if (missing !== undefined) {
      console.error(`npm run build: nothing is found at "${missing}", which an action imports.`);
      process.exit(1);
    }
    writeFileSync(file, minifySync(chunk, { module: true }).code);
  }
  writeCommandLine(path.join(work, 'dist'));
  writeFileSync(path.join(work, 'dist', 'source.json'), JSON.stringify({ source: sourceHash(root) }) + '\n');
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  renameSync(path.join(work, 'dist'), path.join(root, 'dist'));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/**
 * Lets the compiler leave out what no action uses of a package whose modules do nothing but export. The toolkit has an
 * OIDC client with an HTTP client of 1 MB below it, which would be loaded at the start of every action.
 */
function declareFreeOfSideEffects(name, folder) {
  const copy = path.join(folder, 'node_modules', name);
  cpSync(path.join(root, 'node_modules', name), copy, { recursive: true });
  const manifest = path.join(copy, 'package.json');
  const content = JSON.parse(readFileSync(manifest, 'utf8'));
  writeFileSync(manifest, JSON.stringify({ ...content, sideEffects: false }));
}

function writeCommandLine(dist) {
  const { name, version, description, license } = JSON.parse(
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  const manifest = {
    name,
    version,
    description,
    license,
    type: 'module',
    bin: { sluice: 'cli.js' },
    engines: { node: '>=20' },
  };
  writeFileSync(path.join(dist, 'package.json'), JSON.stringify(manifest, null, 2) + '\n');
  writeFileSync(
    path.join(dist, 'cli.js'),
    `#!/usr/bin/env node
import { cli } from './index.js';

await cli(process.argv.slice(2), ${JSON.stringify(version)});
`,
    { mode: 0o755 },
  );
}
