// Every action's index.js comes here. A release carries dist/; any other commit of the pack compiles itself first, so
// that a branch or a fork works on GitHub as it is, only slower (docs/architecture.md).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const pack = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bundle = path.join(pack, 'dist', 'index.js');

/** @param {string} action the folder's name */
export async function start(action) {
  if (!existsSync(bundle) && !compile()) {
    process.exitCode = 1;
    return;
  }
  // What one action of a job compiled, the next one loads. The folder is the job's own, and goes with it.
  const { RUNNER_TEMP } = process.env;
  if (RUNNER_TEMP) enableCompileCache?.(path.join(RUNNER_TEMP, 'sluice-compile-cache'));
  // Not a literal: the compiler must not bundle the bundle.
  const actions = await import(new URL('../dist/index.js', import.meta.url).href);
  await actions.start(action);
}

function compile() {
  console.log('::group::Compile the actions (this commit carries no dist/; a release does)');
  const steps = [
    ['ci', '--include=dev', '--no-audit', '--no-fund'],
    ['run', 'build'],
  ];
  const failed = steps.find((step) => {
    const { status, error } = spawnSync('npm', step, {
      cwd: pack,
      env: buildEnvironment(),
      stdio: 'inherit',
      shell: process.platform === 'win32', // npm is npm.cmd there
    });
    if (error) console.log(`npm could not be started: ${error.message}`);
    return status !== 0;
  });
  console.log('::endgroup::');
  if (failed) {
    console.log(
      `::error::The actions could not be compiled: "npm ${failed.join(' ')}" failed in ${pack}. ` +
        'Use a release of the pack, or put Node 20 or newer with npm on the PATH (actions/setup-node).',
    );
  }
  return !failed;
}

/** What npm needs, and nothing of the job: inputs and tokens are no business of install scripts. */
function buildEnvironment() {
  const private_ = /^(INPUT_|ACTIONS_|GITHUB_|STATE_|AWS_)|TOKEN|SECRET|PASSWORD/i;
  const kept = Object.entries(process.env).filter(([name]) => !private_.test(name));
  return Object.fromEntries(kept.concat([['NODE_ENV', 'development']]));
}
