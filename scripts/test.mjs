// `npm test`: types first (a test that does not compile proves nothing), then jest in ESM mode.
// Arguments are handed to jest: `npm test -- src/config`.
import { spawnSync } from 'node:child_process';
import { requireNode24 } from './require-node.mjs';

requireNode24();

const env = {
  ...process.env,
  NODE_OPTIONS: [process.env.NODE_OPTIONS, '--experimental-vm-modules', '--no-warnings']
    .filter(Boolean)
    .join(' '),
};
const run = (script, args) => {
  const { status } = spawnSync(process.execPath, [`node_modules/${script}`, ...args], {
    stdio: 'inherit',
    env,
  });
  if (status !== 0) process.exit(status ?? 1);
};

const jestArguments = process.argv.slice(2);
if (jestArguments.length === 0) run('typescript/bin/tsc', ['--noEmit']);
// TEST_RESULTS names a file for jest's results as JSON; .ci/run counts from it.
const results = process.env.TEST_RESULTS ? ['--json', '--outputFile', process.env.TEST_RESULTS] : [];
run('jest/bin/jest.js', [...results, ...jestArguments]);
