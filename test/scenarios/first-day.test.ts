import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { initialise } from '../running/checkout.ts';

const root = path.resolve(import.meta.dirname, '../..');

const sluiceYml = `service: chatbot
image: { context: service, builder: layered }
environments:
  development:
    on: { branch: develop }
    aws: { region: eu-west-1, role: { var: AWS_ROLE_DEVELOPMENT } }
    url: { var: SLUICE_DEVELOPMENT_URL }
    compute: { instance: t3.micro }
    network: { hostPort: { var: SLUICE_DEVELOPMENT_PORT, default: '80' } }
    deploy: { minimumHealthy: 0, maximum: 100 }
    security: { level: relaxed }
    tls: { mode: none }
`;

describe('the first day, with no AWS role set up yet', () => {
  let workspace: string;
  let sha: string;
  beforeEach(async () => {
    workspace = await mkdtemp(path.join(tmpdir(), 'sluice-first-day-'));
    await mkdir(path.join(workspace, 'service'));
    await writeFile(path.join(workspace, 'sluice.yml'), sluiceYml);
    // The runner makes these.
    await writeFile(path.join(workspace, '.output'), '');
    await writeFile(path.join(workspace, '.summary.md'), '');
    await writeFile(
      path.join(workspace, 'service/Dockerfile'),
      'FROM node:24-slim\nCOPY main.js /\nCMD ["node", "/main.js"]\n',
    );
    await writeFile(path.join(workspace, 'service/main.js'), 'console.log(1);\n');
    sha = initialise(workspace).commit();
  });
  afterEach(() => rm(workspace, { recursive: true, force: true }));

  /** As the runner reads them: the last value of a name wins. */
  const readOutputs = async (): Promise<Record<string, string>> => {
    const text = await readFile(path.join(workspace, '.output'), 'utf8');
    const outputs: Record<string, string> = {};
    for (const [, name = '', , value = ''] of text.matchAll(/^(\S+)<<(\S+)\n(.*?)\n\2$/gms))
      outputs[name] = value;
    return outputs;
  };

  /** The action from its source, as its own process, the way the runner starts it. */
  const buildImage = (variables: string) =>
    spawnSync(
      process.execPath,
      [
        '--no-warnings',
        '--input-type=module',
        '--eval',
        `(await import('${root}/actions/index.ts')).start('build-image')`,
      ],
      {
        encoding: 'utf8',
        env: {
          PATH: process.env['PATH'],
          HOME: workspace,
          GITHUB_REPOSITORY: 'o/r',
          GITHUB_SHA: sha,
          GITHUB_REF: 'refs/heads/develop',
          GITHUB_RUN_ID: '1',
          GITHUB_EVENT_NAME: 'push',
          GITHUB_WORKSPACE: workspace,
          GITHUB_OUTPUT: path.join(workspace, '.output'),
          GITHUB_STEP_SUMMARY: path.join(workspace, '.summary.md'),
          INPUT_ENVIRONMENT: 'development',
          INPUT_VARIABLES: variables,
        },
      },
    );

  it.each(['null', '{}', '{"AWS_ROLE_DEVELOPMENT":""}'])(
    'builds, pushes nothing, and is green: variables %s',
    async (variables) => {
      const { status, stdout, stderr } = buildImage(variables);
      expect([status, stderr]).toEqual([0, '']);
      expect(await readOutputs()).toEqual({
        image: '',
        layout: '',
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
        reused: 'false',
        pushed: 'false',
        version: sha,
      });
      expect(stdout.split('\n').filter((line) => line.startsWith('::notice'))).toEqual([
        '::notice title=No AWS account yet::AWS_ROLE_DEVELOPMENT is not set: the image was built, not pushed, and ' +
          'nothing is deployed. docs/adopting.md of Sluice says how to set AWS up.',
      ]);
      const summary = await readFile(path.join(workspace, '.summary.md'), 'utf8');
      expect(summary).toContain('| `AWS_ROLE_DEVELOPMENT` | `aws.role` |');
      expect(summary).toContain('| `SLUICE_DEVELOPMENT_URL` | `url` |');
      // It has a default.
      expect(summary).not.toContain('SLUICE_DEVELOPMENT_PORT');
    },
  );
});
