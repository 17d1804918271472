import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../rehearsal/cloud/elb/testing/target.ts';
import { trial, type Trial } from '../../rehearsal/cloud/trial.ts';

/**
 * boto3 and fabfuel's ecs-deploy, which nobody here wrote, deploy to the rehearsal's cloud. They run in the Python of
 * PYTHON_CLIENTS, or in a virtual environment that is made for them where PyPI can be reached.
 */
const run = promisify(execFile);
const patienceMs = 240_000;
const packages = ['boto3', 'ecs-deploy'];
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-clients-'));
const python = await pythonWithClients();

async function pythonWithClients(): Promise<string | undefined> {
  if (process.env.PYTHON_CLIENTS !== undefined) return process.env.PYTHON_CLIENTS;
  const own = path.join(folder, 'bin', 'python');
  try {
    await run('python3', ['-m', 'venv', folder], { timeout: 60_000 });
    await run(own, ['-m', 'pip', 'install', '--quiet', ...packages], { timeout: 180_000 });
    return own;
  } catch (error: unknown) {
    console.log(
      `Skipped: no Python with ${packages.join(' and ')} (${String(error)}). Name one in PYTHON_CLIENTS.`,
    );
    return undefined;
  }
}

let here: Trial;
beforeAll(async () => {
  here = await trial();
});
afterAll(async () => {
  await here.end();
  rmSync(folder, { recursive: true, force: true });
});

function asAdministrator(): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = here.client.credentials;
  return {
    PATH: process.env.PATH,
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    AWS_ENDPOINT_URL: here.cloud.url,
    AWS_DEFAULT_REGION: here.client.region,
    AWS_REGION: here.client.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** `ecs …` of ecs-deploy. @returns what it said, with how it ended */
async function ecsDeploy(...args: string[]): Promise<{ ok: boolean; said: string }> {
  return run(path.join(path.dirname(python ?? ''), 'ecs'), args, { env: asAdministrator() }).then(
    ({ stdout }) => ({ ok: true, said: stdout }),
    (error: unknown) => {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return { ok: false, said: `${stdout}${stderr}${stdout === '' ? String(error) : ''}` };
    },
  );
}

const given = python === undefined ? describe.skip : describe;

given('other people’s clients', () => {
  let port: number;
  const answer = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();

  test(
    'boto3 creates, waits, pages, registers what it described, and is refused',
    async () => {
      port = await freePort();
      const script = path.join(import.meta.dirname, 'other-clients.py');
      const { stdout } = await run(python!, [script, String(port)], { env: asAdministrator() });
      expect(JSON.parse(stdout)).toEqual({
        arn: 'arn:aws:iam::000000000000:user/rehearsal',
        answer: 'one',
        outputs: expect.arrayContaining(['compatibilities', 'registeredAt', 'requiresAttributes']) as unknown,
        revision: 2,
        exitCode: 7,
        refusals: [
          'ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.',
          'InvalidParameterException: The service cannot be stopped while it is scaled above 0.',
          'ServiceNotFoundException: Service not found.',
          "RepositoryNotEmptyException: The repository with name 'shop' in registry with id '000000000000' cannot be deleted because it still contains images",
          'InvalidSignatureException: The request signature',
        ],
      });
    },
    patienceMs,
  );

  test(
    'ecs-deploy deploys, scales, updates and runs',
    async () => {
      const deployed = await ecsDeploy('deploy', 'c', 'web', '-e', 'web', 'SAY', 'two', '--timeout', '90');
      expect(deployed).toEqual({
        ok: true,
        said: expect.stringContaining('Deployment successful') as string,
      });
      expect(await answer()).toBe('two');
      const scaled = await ecsDeploy('scale', 'c', 'web', '2', '--timeout', '90');
      expect(scaled).toEqual({ ok: true, said: expect.stringContaining('Scaling successful') as string });
      const updated = await ecsDeploy('update', 'shop', '-e', 'web', 'SAY', 'three', '--no-deregister');
      expect(updated).toEqual({
        ok: true,
        said: expect.stringContaining('Successfully created revision: 4') as string,
      });
      const started = await ecsDeploy('run', 'c', 'shop', '1');
      expect(started).toEqual({
        ok: true,
        said: expect.stringContaining('Successfully started 1 instances of task: shop:4') as string,
      });
    },
    patienceMs,
  );

  test(
    'ecs-deploy is told of what is not there, and rolls back from an image that is not there',
    async () => {
      expect((await ecsDeploy('scale', 'nobody', 'web', '1')).said).toContain('Cluster not found.');
      expect((await ecsDeploy('scale', 'c', 'nobody', '1')).said).toContain('Service not found.');
      const args = ['-t', 'nope', '--timeout', '20', '--rollback', '--no-deregister'];
      const failed = await ecsDeploy('deploy', 'c', 'web', ...args);
      expect(failed.ok).toBe(false);
      expect(failed.said).toContain('CannotPullContainerError');
      expect(failed.said).toContain('Rollback successful');
      expect(['two', 'three']).toContain(await answer());
    },
    patienceMs,
  );

  test('nothing of it was a failure of the cloud’s own', () => {
    expect(here.messages).toEqual([]);
  });
});
