#!/usr/bin/env node
// The command line, as `npx sluice` starts it: the source in a checkout, the compiled one where Sluice is installed,
// because Node strips no types below node_modules (https://nodejs.org/api/typescript.html#type-stripping-in-dependencies).
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '..');
const isInstalled = folder.split(path.sep).includes('node_modules');
const source = path.join(folder, 'src', 'cli.ts');
const compiled = path.join(folder, 'dist', 'cli.js');

if (!isInstalled && process.features.typescript && existsSync(source)) {
  const { sluice } = await import('../src/cli.ts');
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  process.exitCode = await sluice(process.argv.slice(2), version);
} else if (existsSync(compiled)) {
  // Not a literal: it is there only when it was compiled.
  await import(new URL('../dist/cli.js', import.meta.url).href);
} else {
  console.error(
    isInstalled
      ? 'This commit of Sluice carries no compiled command line: npx github:sluice-pack/sluice#cli-v1 has that of the newest release.'
      : 'The command line is TypeScript here: start it with Node 22.18 or newer, or compile it with "npm ci && npm run build".',
  );
  process.exitCode = 2;
}
