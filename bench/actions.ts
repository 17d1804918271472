import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkout } from './checkout.ts';
import type { Measured } from './statistics.ts';

const runs = 20;

/** The compiled actions: their size, and how long `deploy` takes from its start to its first AWS request. */
export async function measure(): Promise<Measured> {
  const pack = checkout();
  try {
    const dist = path.join(pack.folder, 'dist');
    const bytes = readdirSync(dist)
      .filter((name) => name.endsWith('.js'))
      .reduce((sum, name) => sum + statSync(path.join(dist, name)).size, 0);
    const bare: number[] = [];
    const cold: number[] = [];
    const further: number[] = [];
    let request = '';
    const temp = path.join(pack.folder, '..', 'runner-temp');
    await refused(pack.folder, temp);
    // Side by side, so that what else the machine does falls on both. The first round brings the files into the
    // system's cache, as a runner's download of the action does, and does not count.
    for (let run = 0; run <= runs; run += 1) {
      const bareMs = await bareNodeMs();
      const first = await firstRequest(pack.folder);
      const again = await firstRequest(pack.folder, temp);
      request = first.target;
      if (run === 0) continue;
      bare.push(bareMs / 1000);
      cold.push(first.ms / 1000);
      further.push(again.ms / 1000);
    }
    return {
      figures: [
        {
          what: 'all JavaScript of `dist/`: every action and the command line',
          unit: 'MB',
          values: [bytes / 1e6],
          target: { atMost: 3 },
        },
        {
          what: '`deploy`: process start to first AWS request',
          unit: 's',
          values: cold,
          target: { atMost: 0.16 },
        },
        { what: 'the same, as a further action of its job', unit: 's', values: further },
        { what: 'of which Node alone: `node -e 0`, start to exit', unit: 's', values: bare },
      ],
      notes: [
        `The request that ends the measurement is \`${request}\`. Before it, the action has read its inputs, \`sluice.yml\` of this repository and the event's context.`,
        '0.16 s is what `aws-actions/amazon-ecs-deploy-task-definition` needed on Node 24 to its first error, measured on another day (0.16–0.18 s). It is not measured beside ours here: nothing is fetched from GitHub for a bench.',
      ],
    };
  } finally {
    pack.remove();
  }
}

async function bareNodeMs(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('close', resolve));
  return performance.now() - startedAt;
}

/** Lets `deploy` run to its end, which is soon: AWS refuses everything. What it compiled stays in the job's folder. */
async function refused(pack: string, temp: string): Promise<void> {
  mkdirSync(temp, { recursive: true });
  const workspace = checkedOut(pack);
  const server = createServer((_request, response) =>
    response
      .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify({ __type: 'AccessDeniedException', message: 'the bench' })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, [path.join(pack, 'actions/deploy/index.js')], {
    stdio: 'ignore',
    env: environment(`http://127.0.0.1:${port}`, workspace, temp),
  });
  await new Promise((resolve) => child.once('close', resolve));
  server.closeAllConnections();
  server.close();
  rmSync(workspace, { recursive: true, force: true });
}

function checkedOut(pack: string): string {
  const workspace = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  copyFileSync(path.join(pack, 'sluice.yml'), path.join(workspace, 'sluice.yml'));
  for (const file of ['output', 'summary']) writeFileSync(path.join(workspace, file), '');
  return workspace;
}

/**
 * Starts `deploy` as a runner does, and stops it at its first request.
 * @param temp the folder that the actions of a job share; one of its own where this is the job's first
 */
async function firstRequest(pack: string, temp?: string): Promise<{ ms: number; target: string }> {
  const workspace = checkedOut(pack);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const requested = new Promise<{ at: number; target: string }>((resolve) =>
    server.once('request', ({ headers }) => {
      const at = performance.now();
      const { 'x-amz-target': target } = headers;
      resolve({ at, target: typeof target === 'string' ? target : 'a request without a target' });
    }),
  );
  const startedAt = performance.now();
  const child = spawn(process.execPath, [path.join(pack, 'actions/deploy/index.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(`http://127.0.0.1:${port}`, workspace, temp ?? workspace),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise<undefined>((resolve) => child.once('close', () => resolve(undefined)));
  try {
    const first = await Promise.race([requested, exited]);
    if (first === undefined) throw new Error(`deploy ended before its first AWS request:\n${output}`);
    return { ms: first.at - startedAt, target: first.target };
  } finally {
    child.kill('SIGKILL');
    await exited;
    server.closeAllConnections();
    server.close();
    rmSync(workspace, { recursive: true, force: true });
  }
}

function environment(aws: string, workspace: string, temp: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: aws,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: temp,
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_SHA: 'a'.repeat(40),
    GITHUB_REF: 'refs/heads/develop',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_ACTOR: 'ada',
    GITHUB_JOB: 'deploy',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_SERVER_URL: 'http://127.0.0.1:9',
    GITHUB_API_URL: 'http://127.0.0.1:9',
    GITHUB_OUTPUT: path.join(workspace, 'output'),
    GITHUB_STEP_SUMMARY: path.join(workspace, 'summary'),
    INPUT_ENVIRONMENT: 'development',
    INPUT_IMAGE: `127.0.0.1:1/chatbot@sha256:${'a'.repeat(64)}`,
    INPUT_VARIABLES: JSON.stringify({
      AWS_ROLE_DEVELOPMENT: 'arn:aws:iam::000000000000:role/a',
      AWS_EXECUTION_ROLE_DEVELOPMENT: 'arn:aws:iam::000000000000:role/b',
      SLUICE_DEVELOPMENT_URL: 'http://127.0.0.1:9',
    }),
  };
}
