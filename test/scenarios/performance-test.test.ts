import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseVerdict } from '../../src/evidence/verdict.ts';
import { checkedOut, runAction, type Ended } from '../running/action.ts';

const image = `registry.example.org/shop@sha256:${'a'.repeat(64)}`;

/** A sluice.yml whose staging has these performance tests. */
const sluiceYml = (performance: object): string =>
  JSON.stringify({
    service: 'shop',
    environments: {
      staging: {
        on: { branch: 'main' },
        compute: { instance: 't3.micro' },
        variables: { BASIC_AUTH: { var: 'BASIC_AUTH', default: '' } },
        checks: { performance: { warmUp: '0s', ...performance } },
      },
    },
  });

describe('performance-test', () => {
  let folder: string;
  const servers: { close: () => void; closeAllConnections: () => void }[] = [];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-performance-'));
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const serving = async (answer: RequestListener, version = () => '1.2.3'): Promise<string> => {
    const server = createServer((request, response) => {
      if (request.url?.endsWith('/version') === true) response.end(JSON.stringify({ version: version() }));
      else answer(request, response);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  const performanceTest = (
    performance: object,
    inputs: Readonly<Record<string, string>>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Ended> =>
    runAction({
      action: 'performance-test',
      ...checkedOut(folder, 'first', { 'sluice.yml': sluiceYml(performance) }),
      ref: 'refs/heads/main',
      inputs: { environment: 'staging', image, ...inputs },
      environment: { RUNNER_TEMP: folder, ...environment },
    });

  it('given a service that answers, then it passes, with a verdict about the digest and a report', async () => {
    let seen = 0;
    const url = await serving((request, response) => {
      seen += 1;
      // Lengths vary, as those of real answers do; `ab` would call this a failure.
      response.end('x'.repeat(1 + (seen % 100)));
      expect(request.url).toBe('/shop/');
    });

    const ended = await performanceTest(
      { requests: 1000, concurrency: 20, thresholds: { errorRate: '< 0.1%', p99: '< 30s' } },
      { url: `${url}/shop/`, version: '1.2.3' },
    );

    expect(ended).toMatchObject({ exitCode: 0, outputs: { outcome: 'passed' } });
    expect(seen).toBe(1000);
    expect(parseVerdict(ended.outputs.verdict ?? '')).toMatchObject({
      kind: 'performance',
      outcome: 'passed',
      digest: `sha256:${'a'.repeat(64)}`,
      summary: '1,000 requests, 20 at once: error rate < 0.1%; p99 < 30s',
      facts: { requests: 1000, failed: 0, request: `GET ${url}/shop/`, comparedWithPrevious: 'no' },
    });
    expect(ended.summary).toContain('✅ Fast enough');
    expect(ended.summary).toContain('xychart-beta');
    const read = (name: string): string => readFileSync(path.join(ended.outputs.report ?? '', name), 'utf8');
    expect(JSON.parse(read('report.json'))).toMatchObject({
      outcome: 'passed',
      requests: 1000,
      version: '1.2.3',
    });
    expect(read('latency.hlog')).toMatch(/^#\[Histogram log format version 1\.3\]\n/);
    expect(read('latency.hgrm')).toMatch(/Value\s+Percentile\s+TotalCount/);
    expect(read('junit.xml')).toContain('failures="0"');
    expect(read('chart.svg')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it.each(['before', 'while'] as const)(
    'given another release that is deployed %s it is measured, then nothing is found about this one',
    async (when) => {
      let asked = 0;
      let version = when === 'before' ? '1.2.2' : '1.2.3';
      const url = await serving(
        (_request, response) => {
          asked += 1;
          version = '1.2.2';
          response.end('ok');
        },
        () => version,
      );

      const ended = await performanceTest({ requests: 20, concurrency: 2 }, { url, version: '1.2.3' });

      expect(ended).toMatchObject({ exitCode: 1, outputs: { outcome: 'error' } });
      expect(parseVerdict(ended.outputs.verdict ?? '')).toMatchObject({ outcome: 'inconclusive' });
      expect(ended.log).toContain('Another version than 1.2.3 answers');
      expect(asked > 0).toBe(when === 'while');
    },
  );

  it('given a service that answers everything with 500, then it fails, and says what it saw', async () => {
    const url = await serving((_request, response) => response.writeHead(500).end('an error page'));

    const ended = await performanceTest({ requests: 300, concurrency: 10 }, { url });

    expect(ended).toMatchObject({ exitCode: 1, outputs: { outcome: 'failed' } });
    expect(parseVerdict(ended.outputs.verdict ?? '')).toMatchObject({
      outcome: 'failed',
      facts: { failed: 300 },
    });
    expect(ended.summary).toContain('| status 500 | 300 |');
    expect(ended.log).toContain('error rate 100 %, expected < 1%');
  });

  it('given a p99 of too few requests, then nothing is sent, and the mistake is named', async () => {
    let seen = 0;
    const url = await serving((_request, response) => {
      seen += 1;
      response.end('ok');
    });

    const ended = await performanceTest({ requests: 999, thresholds: { p99: '< 1s' } }, { url });

    expect(ended).toMatchObject({ exitCode: 1, outputs: { outcome: 'error', verdict: '', report: '' } });
    expect(ended.log).toContain('found a threshold with 999 requests; expected at least 1000 requests');
    expect(seen).toBe(0);
  });

  it('given a question to ask, then it is sent as it is written, and its answer is read', async () => {
    const bodies = new Set<string>();
    const url = await serving((request, response) => {
      let body = `${request.method ?? ''} ${request.headers['content-type'] ?? ''} `;
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        bodies.add(body);
        response.writeHead(201).end('{"answer":"3MTT trains people."}');
      });
    });
    const request = {
      method: 'POST',
      path: '/api/chat',
      headers: { 'Content-Type': 'application/json' },
      body: '{"message":"What is 3MTT?"}',
    };

    const good = await performanceTest(
      {
        requests: 20,
        concurrency: 5,
        request: { ...request, expect: { status: [201], contains: 'trains' } },
      },
      { url },
    );
    const bad = await performanceTest(
      { requests: 20, concurrency: 5, request: { ...request, expect: { contains: 'feeds' } } },
      { url },
    );

    expect([...bodies]).toEqual(['POST application/json {"message":"What is 3MTT?"}']);
    expect(good.outputs.outcome).toBe('passed');
    expect(bad.outputs.outcome).toBe('failed');
    expect(bad.summary).toContain('| an answer without the expected text | 20 |');
  });

  it('given basic authentication, then it comes in as the users do, and the password is in no file', async () => {
    const url = await serving((request, response) => {
      const knows =
        request.headers.authorization === `Basic ${Buffer.from('ada:canary-word').toString('base64')}`;
      response.writeHead(knows ? 200 : 401).end('a page');
    });

    const ended = await performanceTest(
      { requests: 20, concurrency: 5 },
      { url, variables: JSON.stringify({ BASIC_AUTH: 'ada:canary-word' }) },
    );

    expect(ended.outputs.outcome).toBe('passed');
    const report = readFileSync(path.join(ended.outputs.report ?? '', 'report.json'), 'utf8');
    expect(report + ended.summary + (ended.outputs.verdict ?? '')).not.toMatch(/canary|Basic/);
  });

  it('given a job that is cancelled, then it stops at once, and has found nothing', async () => {
    const asked = Promise.withResolvers<undefined>();
    // Nobody is ever answered.
    const url = await serving(() => asked.resolve(undefined));

    const begun = performance.now();
    const ended = await runAction({
      action: 'performance-test',
      ...checkedOut(folder, 'first', { 'sluice.yml': sluiceYml({ timeout: '2m' }) }),
      ref: 'refs/heads/main',
      inputs: { environment: 'staging', image, url },
      onStart: (kill) => void asked.promise.then(() => kill('SIGINT')),
    });

    expect(ended).toMatchObject({ exitCode: 1, outputs: { outcome: 'error', report: '' } });
    expect(parseVerdict(ended.outputs.verdict ?? '')).toMatchObject({ outcome: 'inconclusive', facts: {} });
    expect(performance.now() - begun).toBeLessThan(60_000);
  });

  it('given the previous release beside it, and this one three times as slow, then it fails for that', async () => {
    const answering =
      (ms: number): RequestListener =>
      (_request, response) => {
        setTimeout(() => response.end('ok'), ms * (1 + 0.2 * Math.random()));
      };
    const [previous, current] = [await serving(answering(20)), await serving(answering(60))];

    const ended = await performanceTest(
      { requests: 200, concurrency: 50, compareWith: 'previous' },
      { url: current, 'baseline-url': previous },
    );

    expect(ended).toMatchObject({ exitCode: 1, outputs: { outcome: 'failed' } });
    expect(ended.log).toContain('Slower than the previous release: p50 by');
    expect(parseVerdict(ended.outputs.verdict ?? '').facts).toMatchObject({ comparedWithPrevious: 'worse' });
  });

  it('given only an earlier report, then that is told, and decides nothing', async () => {
    const url = await serving((_request, response) => response.end('ok'));
    const settings = { requests: 100, concurrency: 5, compareWith: 'previous' };
    const first = await performanceTest(settings, { url, version: '1.2.3' });
    const report = readFileSync(path.join(first.outputs.report ?? '', 'report.json'), 'utf8');
    const { workspace, sha } = checkedOut(folder, 'second', {
      'sluice.yml': sluiceYml(settings),
      'earlier.json': report,
    });

    const second = await runAction({
      action: 'performance-test',
      workspace,
      sha,
      ref: 'refs/heads/main',
      inputs: { environment: 'staging', url, 'baseline-report': 'earlier.json' },
      environment: { RUNNER_TEMP: folder },
    });

    expect(second).toMatchObject({ exitCode: 0, outputs: { outcome: 'passed', verdict: '' } });
    expect(second.summary).toContain('An earlier run, at another time, decides nothing');
    expect(second.summary).toContain('`1.2.3`');
  });

  it('given a service over TLS with a certificate of one’s own, then it is asked where Node is told of it', async () => {
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => path.join(folder, name));
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
      ].concat(
        ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
        ['-keyout', key ?? '', '-out', certificate ?? ''],
      ),
      { stdio: 'ignore' },
    );
    const server = createTlsServer(
      { key: readFileSync(key ?? ''), cert: readFileSync(certificate ?? '') },
      (_request, response) => response.end('ok'),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = { requests: 50, concurrency: 5 };

    const trusted = await performanceTest(settings, { url }, { NODE_EXTRA_CA_CERTS: certificate ?? '' });
    const stranger = await performanceTest(settings, { url });

    expect(trusted.outputs.outcome).toBe('passed');
    expect(stranger.outputs.outcome).toBe('failed');
    expect(stranger.summary).toContain('self-signed certificate');
  });
});
