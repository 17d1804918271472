import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { adminCredentials } from '../../rehearsal/cloud/index.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

export interface Ended {
  /** `undefined`: it was killed. */
  readonly exitCode: number | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
}

export interface ActionRun {
  /** The folder of the action. */
  readonly action: string;
  readonly workspace: string;
  readonly sha: string;
  readonly ref: string;
  /** By their names in `action.yml`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The address of the AWS API; nobody answers where it is left out. */
  readonly cloudUrl?: string;
  /** GitHub's REST API; nobody answers where it is left out. */
  readonly apiUrl?: string;
  /** More of the environment, such as RUNNER_TEMP. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called once it runs, to kill it or to interrupt it. */
  readonly onStart?: ((kill: (signal: NodeJS.Signals) => void) => void) | undefined;
  /** Called with what it prints. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

/** Every run loads the same few hundred sources: they are compiled once. */
const compileCache = path.join(root, 'build', 'compile-cache');

const nobody = 'http://127.0.0.1:9';

/** Runs an action of the pack from its source, in a process of its own, as a runner does. */
export async function runAction(run: ActionRun): Promise<Ended> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-action-'));
  const file = (name: string): string => path.join(folder, name);
  for (const name of ['output', 'summary']) writeFileSync(file(name), '');
  const start = `import { start } from ${JSON.stringify(path.join(root, 'actions/index.ts'))}; await start(${JSON.stringify(run.action)});`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', start], {
    cwd: run.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: compileCache,
      AWS_ENDPOINT_URL: run.cloudUrl ?? nobody,
      AWS_ACCESS_KEY_ID: adminCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: adminCredentials.secretAccessKey,
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_SHA: run.sha,
      GITHUB_REF: run.ref,
      GITHUB_EVENT_NAME: 'push',
      GITHUB_ACTOR: 'ada',
      GITHUB_WORKFLOW_REF: `acme/shop/.github/workflows/pipeline.yml@${run.ref}`,
      GITHUB_RUN_ID: '12',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_JOB: 'job',
      GITHUB_WORKSPACE: run.workspace,
      GITHUB_SERVER_URL: nobody,
      GITHUB_API_URL: run.apiUrl ?? `${nobody}/api/v3`,
      GITHUB_OUTPUT: file('output'),
      GITHUB_STEP_SUMMARY: file('summary'),
      ...Object.fromEntries(
        Object.entries(run.inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      ...run.environment,
    },
  });
  try {
    run.onStart?.((signal) => child.kill(signal));
    child.stdout.on('data', (chunk: Buffer) => run.onOutput?.(chunk.toString('utf8')));
    const [exitCode, out, error] = await Promise.all([
      new Promise<number | undefined>((resolve) => child.once('close', (code) => resolve(code ?? undefined))),
      buffer(child.stdout),
      buffer(child.stderr),
    ]);
    return {
      exitCode,
      outputs: readOutputs(readFileSync(file('output'), 'utf8')),
      summary: readFileSync(file('summary'), 'utf8'),
      log: out.toString('utf8') + error.toString('utf8'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A workspace of its own below `folder`, as `actions/checkout` would leave it for a commit with these files. */
export function checkedOut(
  folder: string,
  commit: string,
  files: Readonly<Record<string, string>>,
): Pick<ActionRun, 'workspace' | 'sha'> {
  const workspace = mkdtempSync(path.join(folder, 'run-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(workspace, name), content);
  return { workspace, sha: createHash('sha1').update(commit).digest('hex') };
}

/** The file of `GITHUB_OUTPUT`: `name<<DELIMITER`, lines, `DELIMITER`; or `name=value`. The last of a name counts. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const block = /^([^=]+?)<<(.+)$/.exec(line);
    if (block !== null) {
      const end = lines.indexOf(block[2] ?? '', index + 1);
      outputs[block[1] ?? ''] = lines.slice(index + 1, end).join('\n');
      index = end;
    } else if (line.includes('=')) {
      outputs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
    }
  }
  return outputs;
}
