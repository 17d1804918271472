import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
  /** Where the run's own folder is made. */
  readonly folder: string;
  /** The address of the AWS API. */
  readonly cloud: string;
  readonly ref: string;
  readonly version: string;
  /** By their names in `action.yml`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Files in the workspace. */
  readonly files: Readonly<Record<string, string>>;
  /** Called once it runs, to kill it or to interrupt it. */
  readonly onStart?: ((kill: (signal: NodeJS.Signals) => void) => void) | undefined;
  /** Called with what it prints. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

/** Runs an action of the pack from its source, in a process of its own, as a runner does. */
export async function runAction({
  action,
  folder,
  cloud,
  ref,
  version,
  inputs,
  files,
  onStart,
  onOutput,
}: ActionRun): Promise<Ended> {
  const run = mkdtempSync(path.join(folder, 'run-'));
  const file = (name: string): string => path.join(run, name);
  writeFileSync(file('output'), '');
  writeFileSync(file('summary'), '');
  for (const [name, content] of Object.entries(files)) writeFileSync(file(name), content);
  const child = spawn(
    process.execPath,
    [
      '--no-warnings',
      '--input-type=module',
      '-e',
      `import { start } from ${JSON.stringify(path.join(root, 'actions/index.ts'))}; await start(${JSON.stringify(action)});`,
    ],
    {
      cwd: run,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: cloud,
        AWS_ACCESS_KEY_ID: adminCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: adminCredentials.secretAccessKey,
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_SHA: createHash('sha1').update(version).digest('hex'),
        GITHUB_REF: ref,
        GITHUB_EVENT_NAME: 'push',
        GITHUB_ACTOR: 'ada',
        GITHUB_RUN_ID: '1',
        GITHUB_RUN_ATTEMPT: '1',
        GITHUB_JOB: 'deploy',
        GITHUB_WORKSPACE: run,
        GITHUB_SERVER_URL: 'http://127.0.0.1:9',
        GITHUB_API_URL: 'http://127.0.0.1:9/api/v3',
        GITHUB_OUTPUT: file('output'),
        GITHUB_STEP_SUMMARY: file('summary'),
        ...Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
        ),
      },
    },
  );
  onStart?.((signal) => child.kill(signal));
  child.stdout.on('data', (chunk: Buffer) => onOutput?.(chunk.toString('utf8')));
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
