import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { adminCredentials } from '../../rehearsal/cloud/index.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

export interface ActionRun {
  readonly action: string;
  readonly workspace: string;
  readonly sha: string;
  readonly ref: string;
  /** GitHub's REST API; nobody answers where it is left out. */
  readonly apiUrl?: string;
  /** The cloud's address. */
  readonly cloudUrl?: string;
  readonly inputs: Readonly<Record<string, string>>;
}

export interface ActionEnd {
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
}

/** Runs an action in a process of its own, as a runner does. */
export async function runAction(run: ActionRun): Promise<ActionEnd> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-action-'));
  const file = (name: string): string => path.join(folder, name);
  for (const name of ['output', 'summary']) writeFileSync(file(name), '');
  try {
    const start = `import { start } from ${JSON.stringify(path.join(root, 'actions/index.ts'))}; await start(${JSON.stringify(run.action)});`;
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', start], {
      cwd: run.workspace,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL: run.cloudUrl ?? 'http://127.0.0.1:9',
        AWS_ACCESS_KEY_ID: adminCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: adminCredentials.secretAccessKey,
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_SHA: run.sha,
        GITHUB_REF: run.ref,
        GITHUB_EVENT_NAME: 'push',
        GITHUB_ACTOR: 'ada',
        GITHUB_RUN_ID: '12',
        GITHUB_RUN_ATTEMPT: '1',
        GITHUB_JOB: 'job',
        GITHUB_WORKSPACE: run.workspace,
        GITHUB_SERVER_URL: 'http://127.0.0.1:9',
        GITHUB_API_URL: run.apiUrl ?? 'http://127.0.0.1:9/api/v3',
        GITHUB_OUTPUT: file('output'),
        GITHUB_STEP_SUMMARY: file('summary'),
        ...Object.fromEntries(
          Object.entries(run.inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
        ),
      },
    });
    const [exitCode, out, error] = await Promise.all([
      new Promise<number | null>((resolve) => child.once('close', resolve)),
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

/** The file of `GITHUB_OUTPUT`, as the runner's own commands write it; the last of a name counts. */
function readOutputs(text: string): Record<string, string> {
  const blocks = text.matchAll(/^([^=\n]+?)<<(.+)\n([\s\S]*?)\n?^\2$/gm);
  return Object.fromEntries([...blocks].map(([, name = '', , value = '']) => [name, value]));
}
