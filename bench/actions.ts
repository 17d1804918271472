import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Figure } from './statistics.ts';

const root = path.resolve(import.meta.dirname, '..');
const runs = 15;

/** The compiled actions: their size, and how long `deploy` takes from its start to its first AWS call. */
export async function actions(): Promise<Figure[]> {
  const dist = path.join(root, 'dist');
  const bytes = readdirSync(dist)
    .filter((name) => name.endsWith('.js'))
    .reduce((sum, name) => sum + statSync(path.join(dist, name)).size, 0);
  const values: number[] = [];
  // The first run fills the system's file cache, as a runner's download does, and does not count.
  for (let run = 0; run <= runs; run += 1) {
    const ms = await firstCallMs();
    if (run > 0) values.push(ms / 1000);
  }
  return [
    { what: 'dist/, all chunks', unit: 'MB', values: [bytes / 1_000_000], target: 3 },
    { what: 'deploy: start to first AWS call', unit: 's', values, target: 0.16 },
  ];
}

async function firstCallMs(): Promise<number> {
  const workspace = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  copyFileSync(path.join(root, 'sluice.yml'), path.join(workspace, 'sluice.yml'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const called = new Promise<number>((resolve) => server.once('request', () => resolve(performance.now())));
  const startedAt = performance.now();
  const child = spawn(process.execPath, [path.join(root, 'actions/deploy/index.js')], {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      GITHUB_WORKSPACE: workspace,
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
    },
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const at = await Promise.race([called, exited.then(() => NaN)]);
    if (Number.isNaN(at)) throw new Error('deploy ended before its first AWS call.');
    return at - startedAt;
  } finally {
    child.kill('SIGKILL');
    server.close();
    server.closeAllConnections();
    await exited;
    rmSync(workspace, { recursive: true, force: true });
  }
}
