import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { adminCredentials, startCloud, type Cloud } from '../../rehearsal/cloud/index.ts';
import { parseVerdict } from '../../src/evidence/index.ts';
import { heardRunner } from '../../src/github/runner.fixture.ts';
import { writeLayout } from '../../src/image/index.ts';
import { runAction, type ActionRun, type Ended } from '../running/action.ts';
import { buildService } from '../running/build.ts';
import { initialise, type Checkout } from '../running/checkout.ts';

const root = path.resolve(import.meta.dirname, '../..');
const fixtures = path.join(root, 'src/scan/tools/fixtures');
const hourMs = 3_600_000;

/** A token that secretlint knows, put together here so that this file does not have it. */
const token = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');

const withSecretlint = '{ tools: [local-advisories, secretlint], advisories: advisories }';

describe('the security scan of an image', () => {
  let folder: string;
  let workspace: string;
  let layout: string;
  let git: Checkout['git'];
  let commit: Checkout['commit'];
  let cloud: Cloud;
  let ecr: ECRClient;
  let github: Server;
  let uploads: { readonly path: string; readonly body: Record<string, string> }[];
  /** What is said of a file that was taken. */
  let processing: { processing_status: string; errors?: string[] };
  let refuseUploads: number | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-scanned-'));
    cloud = await startCloud({ stateDirectory: path.join(folder, 'state'), driver: 'process' });
    ecr = new ECRClient({ endpoint: cloud.url, region: 'eu-west-1', credentials: adminCredentials });
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'chatbot' }));
    github = createServer((request, response) => {
      if (request.method === 'GET') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(processing));
        return;
      }
      void buffer(request).then((body) => {
        uploads.push({
          path: request.url ?? '',
          body: JSON.parse(body.toString()) as Record<string, string>,
        });
        response.writeHead(refuseUploads ?? 202, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ id: '1', message: 'Code scanning is not enabled' }));
      });
    }).listen(0, '127.0.0.1');
    await once(github, 'listening');
  });
  afterAll(async () => {
    github.close();
    ecr.destroy();
    await cloud.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    uploads = [];
    processing = { processing_status: 'complete' };
    refuseUploads = undefined;
    workspace = mkdtempSync(path.join(folder, 'shop-'));
    layout = `${workspace}-image`;
    write('service/Dockerfile', 'FROM node:24-slim\nCOPY . .\nCMD ["node", "main.js"]\n');
    write('service/main.js', 'console.log(1);\n');
    lock({ fastify: '5.12.8' });
    advise(new Date());
    // secretlint is installed anew by each scan, so it is asked only where it matters.
    configure('{ tools: [local-advisories], advisories: advisories }');
    ({ git, commit } = initialise(workspace));
  });

  const write = (file: string, content: string): void => {
    mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true });
    writeFileSync(path.join(workspace, file), content);
  };
  const configure = (scan: string): void =>
    write(
      'sluice.yml',
      `service: chatbot
image: { context: service }
environments:
  staging:
    on: { branch: main }
    compute: { instance: t3.micro, count: 1, cpu: 256, memory: 512 }
    network: { mode: bridge, hostPort: 80 }
    checks: { scan: ${scan} }
`,
    );
  const lock = (packages: Readonly<Record<string, string>>): void => {
    const manifest = { name: 'shop', version: '1.0.0', dependencies: packages };
    const locked = Object.entries(packages).map(([name, version]) => [`node_modules/${name}`, { version }]);
    write('service/package.json', JSON.stringify(manifest));
    write(
      'service/package-lock.json',
      JSON.stringify({
        ...manifest,
        lockfileVersion: 3,
        packages: { '': manifest, ...(Object.fromEntries(locked) as object) },
      }),
    );
  };
  const advise = (builtAt: Date): void => {
    cpSync(path.join(root, '.sluice/advisories'), path.join(workspace, 'advisories'), { recursive: true });
    write('advisories/database.json', JSON.stringify({ builtAt: builtAt.toISOString() }));
  };
  /** Builds and pushes what is in the workspace, as build-image does, and takes it from the registry as a folder. */
  async function built(): Promise<string> {
    const { result, target } = await buildService({
      ecr,
      runner: heardRunner({ PATH: process.env['PATH'] }).runner,
      name: 'chatbot',
      workspace,
      commit: commit(),
      cache: path.join(folder, 'cache'),
    });
    await writeLayout(target.registry, result.image!.descriptor, layout);
    return result.image!.reference;
  }

  const scan = (inputs: Readonly<Record<string, string>>, changes: Partial<ActionRun> = {}): Promise<Ended> =>
    runAction({
      action: 'security-scan',
      workspace,
      sha: git('rev-parse', 'HEAD'),
      ref: 'refs/heads/main',
      inputs: { environment: 'staging', upload: 'false', ...inputs },
      ...changes,
    });

  it('is clean where nothing is found: a verdict about the digest, SARIF, an SBOM', async () => {
    configure(withSecretlint);
    const image = await built();
    const { exitCode, outputs, summary, log } = await scan({ image, layout });
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    expect(outputs).toMatchObject({ clean: 'true', findings: '0', sarif: 'security-scan' });
    expect(parseVerdict(outputs['verdict'] ?? '')).toMatchObject({
      kind: 'scan',
      outcome: 'passed',
      digest: image.split('@')[1],
      facts: {
        tools: 'local-advisories 1, secretlint 12.0.0',
        notRun: '',
        blocking: 0,
        source: git('rev-parse', 'HEAD:service'),
      },
    });
    expect(readdirSync(path.join(workspace, 'security-scan')).toSorted()).toEqual([
      'dependencies.sarif',
      'findings.json',
      'sbom.cdx.json',
      'secrets.sarif',
    ]);
    const sbom = readFileSync(path.join(workspace, outputs['sbom'] ?? ''), 'utf8');
    expect(JSON.parse(sbom)).toMatchObject({
      bomFormat: 'CycloneDX',
      components: [{ purl: 'pkg:npm/fastify@5.12.8' }],
    });
    expect(summary).toContain('### Security scan: clean');
  });

  it('finds a vulnerable package, and accepts it while it is waived', async () => {
    lock({ fastify: '5.3.1' });
    const image = await built();
    const found = await scan({ image, layout });
    expect(found).toMatchObject({ exitCode: 1, outputs: { clean: 'false', findings: '1' } });
    expect(found.summary).toContain('CVE-2025-32442, GHSA-mg2h-6x62-wpwc');
    expect(parseVerdict(found.outputs['verdict'] ?? '')).toMatchObject({ outcome: 'failed' });

    const day = (days: number): string =>
      new Date(Date.now() + days * 24 * hourMs).toISOString().slice(0, 10);
    const waive = (expires: string): void =>
      write(
        '.sluice/waivers.yml',
        `waivers:\n  - id: CVE-2025-32442\n    scope: pkg:npm/fastify\n    reason: no body is parsed by type\n    owner: us\n    expires: ${expires}\n`,
      );
    waive(day(10));
    const accepted = await scan({ image, layout });
    expect(accepted).toMatchObject({ exitCode: 0, outputs: { clean: 'true', findings: '0' } });
    expect(accepted.summary).toContain('no body is parsed by type');

    waive(day(-1));
    const expired = await scan({ image, layout });
    expect(expired).toMatchObject({ exitCode: 1, outputs: { clean: 'false', findings: '1' } });
    expect(expired.log).toContain('::error title=Waivers,file=.sluice/waivers.yml,line=6::');
    expect(expired.log).toContain('which is over');
  });

  it('blocks a planted token, and shows it nowhere', async () => {
    configure(withSecretlint);
    write('service/settings.js', `export const token = '${token}';\n`);
    const image = await built();
    const { port } = github.address() as AddressInfo;
    const ended = await scan(
      { image, layout, upload: 'true', 'github-token': 'x' },
      {
        apiUrl: `http://127.0.0.1:${port}`,
      },
    );
    expect(ended).toMatchObject({ exitCode: 1, outputs: { clean: 'false', findings: '1' } });
    expect(ended.summary).toContain('`service/settings.js:1`');
    expect(ended.log).toContain('::error title=Secret,file=service/settings.js,line=1::');

    // The one place: how a runner is told to hide it.
    const log = ended.log.replaceAll(`::add-mask::${token}\n`, '');
    const results = path.join(workspace, 'security-scan');
    const written = readdirSync(results).map((name) => readFileSync(path.join(results, name), 'utf8'));
    const sent = uploads.map(({ body }) => gunzipSync(Buffer.from(body['sarif'] ?? '', 'base64')).toString());
    expect(sent).toHaveLength(2);
    for (const part of [token, token.slice(4, 24), Buffer.from(token).toString('base64').slice(0, 20)]) {
      expect(
        [log, ended.summary, JSON.stringify(ended.outputs), ...written, ...sent].join('\n'),
      ).not.toContain(part);
    }
    expect(ended.log.indexOf('::add-mask::')).toBeLessThan(ended.log.indexOf('settings.js'));
  });

  it('refuses an image that is not the one it was handed, was changed, or is of other source', async () => {
    const image = await built();
    const other = image.replace(/[0-9a-f]{64}$/, 'f'.repeat(64));
    const swapped = await scan({ image: other, layout });
    expect(swapped).toMatchObject({ exitCode: 1, outputs: { clean: 'false', verdict: '' } });
    expect(swapped.log).toContain('The image that was handed over is not the one that is asked about');

    write('service/main.js', 'console.log(2);\n');
    const moved = await scan({ image, layout });
    expect(moved).toMatchObject({ exitCode: 1, outputs: { verdict: '' } });
    expect(moved.log).toContain('The image was made of other source than what is checked out');
    git('checkout', '--quiet', 'service/main.js');

    const blobs = path.join(layout, 'blobs/sha256');
    const [largest = ''] = readdirSync(blobs).toSorted(
      (a, b) => readFileSync(path.join(blobs, b)).length - readFileSync(path.join(blobs, a)).length,
    );
    writeFileSync(path.join(blobs, largest), 'edited');
    const edited = await scan({ image, layout });
    expect(edited).toMatchObject({ exitCode: 1, outputs: { verdict: '' } });
    expect(edited.log).toContain(`what is named sha256:${largest} in it has the digest`);
  });

  it('scans the source alone where no image was handed over, and gives no verdict', async () => {
    await built();
    const { exitCode, outputs, log } = await scan({});
    expect({ exitCode, outputs }).toMatchObject({ exitCode: 0, outputs: { clean: 'true', verdict: '' } });
    expect(log).toContain('No image was handed over: only the source is scanned');
  });

  it('looks for secrets alone, before there is an image', async () => {
    configure(withSecretlint);
    await built();
    const clean = await scan({ category: 'secrets' });
    expect(clean).toMatchObject({ exitCode: 0, outputs: { clean: 'true', verdict: '' } });
    expect(clean.summary).not.toContain('local-advisories');

    write('service/notes.txt', `for the build: ${token}\n`);
    const found = await scan({ category: 'secrets' });
    expect(found).toMatchObject({ exitCode: 1, outputs: { clean: 'false', findings: '1' } });
    expect(found.log.replaceAll(`::add-mask::${token}`, '') + found.summary).not.toContain(token);
    rmSync(path.join(workspace, 'service/notes.txt'));

    configure('{ tools: [local-advisories], advisories: advisories }');
    const unasked = await scan({ category: 'secrets' });
    expect(unasked).toMatchObject({ exitCode: 0, outputs: { clean: 'true', sarif: '' } });
    expect(unasked.log).toContain('no scanner of the category secrets');
  });

  it('is not clean where the database is too old', async () => {
    advise(new Date(Date.now() - 49 * hourMs));
    const image = await built();
    const old = await scan({ image, layout });
    expect(old).toMatchObject({ exitCode: 1, outputs: { clean: 'false', findings: '0' } });
    expect(old.summary).toContain('has a database that is 49 h old: it is of');
    expect(parseVerdict(old.outputs['verdict'] ?? '')).toMatchObject({
      outcome: 'inconclusive',
      summary: 'local-advisories has a database that is 49 h old',
    });
  });

  it('says which scanners a variable chose instead of those of sluice.yml', async () => {
    configure("{ tools: { var: TOOLS, default: 'trivy, local-advisories' }, advisories: advisories }");
    const image = await built();
    const { exitCode, outputs, log, summary } = await scan({
      image,
      layout,
      variables: JSON.stringify({ TOOLS: 'local-advisories' }),
    });
    expect(exitCode).toBe(0);
    expect(log).toContain('TOOLS chose the scanners: local-advisories. Not run: trivy.');
    expect(summary).toContain('Not run, though sluice.yml has them: trivy');
    expect(parseVerdict(outputs['verdict'] ?? '').facts).toMatchObject({ notRun: 'trivy' });
  });

  describe('with a scanner on the PATH', () => {
    const usual = process.env['PATH'];
    afterEach(() => {
      process.env['PATH'] = usual;
    });

    /** A trivy that prints a recorded report, if it is shown the image as a folder. */
    const trivy = (image: string): void => {
      const bin = mkdtempSync(path.join(folder, 'bin-'));
      const script = `#!/bin/sh
case "$1" in
  --version) echo "Version: 0.69.3" ;;
  version) sed "s/2026-11-24T00:31/$(date -u +%Y-%m-%dT%H:%M)/" ${path.join(fixtures, 'trivy-version.json')} ;;
  image) test -f "$3/index.json" || exit 9
    ${image} ;;
esac
`;
      writeFileSync(path.join(bin, 'trivy'), script);
      chmodSync(path.join(bin, 'trivy'), 0o755);
      process.env['PATH'] = `${bin}:${usual ?? ''}`;
    };

    it('shows it the image, and judges what it prints', async () => {
      configure('{ tools: [trivy] }');
      const image = await built();
      trivy(`sed "s#/layout#$3#" ${path.join(fixtures, 'trivy.json')}`);
      const { exitCode, outputs, summary } = await scan({ image, layout });
      expect({ exitCode, outputs, summary }).toMatchObject({ exitCode: 1, outputs: { findings: '2' } });
      expect(parseVerdict(outputs['verdict'] ?? '')).toMatchObject({
        outcome: 'failed',
        summary: 'findings that fail: 2 critical',
        facts: { tools: 'trivy 0.69.3', notRun: '' },
      });
    });

    it.each([
      ['ends with 0 and prints nothing', 'exit 0', 'trivy said nothing'],
      ['crashes', 'echo "no space left" >&2; exit 1', 'trivy crashed: exit code 1: no space left'],
      [
        'finds no package',
        'echo "{ \\"SchemaVersion\\": 2, \\"ArtifactName\\": \\"$3\\", \\"ArtifactType\\": \\"container_image\\" }"',
        'trivy looked at nothing',
      ],
      [
        'looked at another image',
        `cat ${path.join(fixtures, 'trivy.json')}`,
        'trivy gave no report: what it printed cannot be read: it is about something else than the image',
      ],
    ])('is not clean where it %s', async (_, printed, said) => {
      configure('{ tools: [trivy] }');
      const image = await built();
      trivy(printed);
      const { exitCode, outputs, summary } = await scan({ image, layout });
      expect({ exitCode, outputs }).toMatchObject({
        exitCode: 1,
        outputs: { clean: 'false', findings: '0' },
      });
      expect(summary).toContain(said);
      expect(parseVerdict(outputs['verdict'] ?? '').outcome).toBe('inconclusive');
    });
  });

  it('hands the findings to code scanning, and is no less clean where there is none', async () => {
    const image = await built();
    const { port } = github.address() as AddressInfo;
    const upload = (): Promise<Ended> =>
      scan({ image, layout, upload: 'true', 'github-token': 'x' }, { apiUrl: `http://127.0.0.1:${port}` });
    expect((await upload()).exitCode).toBe(0);
    expect(uploads.map(({ path: where }) => where)).toEqual(['/repos/acme/shop/code-scanning/sarifs']);
    expect(uploads[0]?.body).toMatchObject({
      commit_sha: git('rev-parse', 'HEAD'),
      ref: 'refs/heads/main',
      tool_name: 'Sluice security-scan',
    });

    processing = {
      processing_status: 'failed',
      errors: ['locationFromSarifResult: expected artifact location'],
    };
    const failed = await upload();
    expect(failed.exitCode).toBe(0);
    expect(failed.log).toContain(
      '::warning title=Security scan::Code scanning could not process the findings of dependencies: locationFromSarifResult: expected artifact location.',
    );

    refuseUploads = 403;
    const without = await upload();
    expect(without.exitCode).toBe(0);
    expect(without.log).toContain('::notice title=Security scan::Code scanning is not available here');
  });
});
