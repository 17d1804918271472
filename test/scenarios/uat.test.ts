import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addRun, serveHub, type ServedHub } from '../../rehearsal/hub/hub.fixture.ts';
import { openAuthority } from '../../rehearsal/seed/authority.ts';
import { startService, type RunningService } from '../../service/src/testing/service.ts';
import { parseVerdict } from '../../src/evidence/index.ts';
import { findBrowser } from '../../src/uat/index.ts';
import { runAction, type Ended } from '../running/action.ts';

const version = '1.2.3';
const digest = `sha256:${'d'.repeat(64)}`;
const password = 'correct-horse';
const authorization = `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`;

const sluiceYml = (uat = ''): string => `service: chatbot
environments:
  staging:
    on: { branch: main }
    url: https://127.0.0.1:1
    compute: { instance: t3.small }
    checks: { uat: { ${uat} } }
`;

const right = `scenarios:
  - name: A visitor learns what it costs
    when:
      - she asks: Does it cost anything?
      - she says that it did not help
    then:
      - the answer mentions: free of charge
      - the answer cites: check your dashboard
      - it knows the answer
      - her feedback is kept
  - name: A monitor sees which release it is
    when:
      - she requests: GET /version
    then:
      - the response has: { version: '\${version}' }
`;

const page = `scenarios:
  - name: A visitor opens the page
    when: { she opens the page: / }
    then: { the title is: Ask about 3MTT }
`;

describe('acceptance tests', () => {
  let root: string;
  let service: RunningService;
  let count = 0;

  beforeAll(async () => {
    root = mkdtempSync(path.join(tmpdir(), 'sluice-uat-'));
    service = await startService({
      RATE_LIMIT: '0',
      SLUICE_VERSION: version,
      BASIC_AUTH: `ada:${password}`,
    });
  });
  afterAll(async () => {
    service.kill('SIGTERM');
    await service.exited;
    rmSync(root, { recursive: true, force: true });
  });

  interface Played extends Ended {
    /** The text of every file of the evidence. */
    readonly evidence: Readonly<Record<string, string>>;
  }

  async function play(
    files: Readonly<Record<string, string>>,
    {
      uat = '',
      inputs = {},
      environment = {},
      onStart,
    }: {
      uat?: string;
      inputs?: Readonly<Record<string, string>>;
      environment?: Readonly<Record<string, string>>;
      onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
    } = {},
  ): Promise<Played> {
    const workspace = path.join(root, String(++count));
    const runnerTemp = path.join(workspace, 'temp');
    mkdirSync(path.join(workspace, 'uat'), { recursive: true });
    mkdirSync(runnerTemp);
    writeFileSync(path.join(workspace, 'sluice.yml'), sluiceYml(uat));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(workspace, 'uat', name), text);
    const ended = await runAction({
      action: 'uat',
      workspace,
      sha: 'a'.repeat(40),
      ref: 'refs/heads/main',
      inputs: {
        environment: 'staging',
        url: service.url,
        image: `127.0.0.1:5000/service@${digest}`,
        version,
        authorization,
        ...inputs,
      },
      environment: { RUNNER_TEMP: runnerTemp, ...environment },
      onStart,
    });
    const folder = ended.outputs['evidence'] ?? '';
    const names = folder === '' ? [] : readdirSync(folder, { recursive: true, withFileTypes: true });
    return {
      ...ended,
      evidence: Object.fromEntries(
        names
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => {
            const file = path.join(parentPath, name);
            return [
              path.relative(folder, file),
              readFileSync(file, name.endsWith('.png') ? 'latin1' : 'utf8'),
            ];
          }),
      ),
    };
  }
  const verdictOf = ({ outputs }: Ended) => parseVerdict(outputs['verdict'] ?? '');

  it('say that an image is accepted, with the conversations as evidence', async () => {
    const played = await play({ 'a.yml': right });
    expect(played.log).not.toContain('::error');
    expect(played.exitCode).toBe(0);
    expect(verdictOf(played)).toMatchObject({
      kind: 'uat',
      outcome: 'passed',
      digest,
      summary: '2 scenarios passed',
      facts: { passed: 2, failed: 0, skipped: 0, signOff: 'none', version },
    });
    expect(played.outputs).toMatchObject({ passed: '2', failed: '0' });
    expect(Object.keys(played.evidence).sort()).toEqual(['README.md', 'junit.xml', 'transcripts.json']);
    const { 'README.md': told = '', 'transcripts.json': json = '' } = played.evidence;
    expect(told).toContain('**She asks:** Does it cost anything?\n\n> No. The programme is free of charge');
    expect(told).toContain('- ✅ her feedback is kept');
    expect(JSON.parse(json)).toMatchObject({ environment: 'staging', version, digest });
    expect(played.summary).toContain('**passed**: 2 scenarios passed');
  });

  it('are red where the answer is wrong: with what she asked, what was answered, what was expected', async () => {
    const played = await play({
      'a.yml': right,
      'wrong.yml': `scenarios:
  - name: She is told what it costs
    when:
      - she asks: Does it cost anything?
    then:
      - it knows the answer
      - the answer mentions: [free of charge, 500 naira]
      - the answer does not mention: transport
    next:
      - when: { she asks: Who can apply? }
        then: { the answer mentions: never asked }
`,
    });
    expect(played.exitCode).toBe(1);
    expect(verdictOf(played)).toMatchObject({
      outcome: 'failed',
      summary: '1 of 3 scenarios failed',
      facts: { passed: 2, failed: 1 },
    });
    const annotation = /^::error .*/m.exec(played.log)?.[0];
    expect(annotation).toContain('file=uat/wrong.yml,line=7');
    expect(annotation).toContain('the answer does not mention “500 naira”');
    expect(played.log).toContain('1 of 3 scenarios failed against http://127.0.0.1');
    const section = played.summary.slice(played.summary.indexOf('<details open>'));
    expect(section).toContain('**She asks:** Does it cost anything?');
    expect(section).toContain('> No. The programme is free of charge');
    expect(section).toContain('- ✅ it knows the answer');
    expect(section).toContain(
      '- ❌ the answer does not mention: transport — the answer mentions “transport”',
    );
    expect(section).not.toContain('Who can apply');
    expect(played.evidence['junit.xml']).toContain(
      'Asked: Does it cost anything?\nAnswered: No. The programme is free of charge',
    );
    expect(played.evidence['junit.xml']).toContain('failures="1"');
  });

  it('keep no password, wherever it is repeated', async () => {
    const echo = await serve((request, response) => {
      response.setHeader('content-type', 'application/json');
      const seen = {
        version,
        authorization: request.headers.authorization,
        cookie: 'session=s3cret',
        password,
      };
      response.end(JSON.stringify(seen));
    });
    try {
      const url = addressOf(echo);
      const files = {
        'a.yml': `scenarios:
  - name: It repeats what it is sent
    when: { she requests: GET /echo }
    then: { the status is: 404 }
`,
      };
      const played = await play(files, { inputs: { url } });
      expect(played.exitCode).toBe(1);
      expect(played.evidence['README.md']).toContain('"authorization":"***"');
      const everything = [played.summary, ...Object.values(played.evidence)].join('\n');
      for (const secret of [authorization, password, 's3cret']) expect(everything).not.toContain(secret);
    } finally {
      await stop(echo);
    }
  });

  it('say nothing about an image that does not answer there', async () => {
    const played = await play({ 'a.yml': right }, { inputs: { version: '1.2.4' } });
    expect(played.exitCode).toBe(1);
    expect(played.log).toContain(`it says that it is ${version}`);
    expect(verdictOf(played).outcome).toBe('inconclusive');
  });

  it('are not passed by a service that changes meanwhile', async () => {
    let asked = 0;
    const moving = await serve((_, response) => {
      asked += 1;
      response.end(JSON.stringify({ version: asked > 2 ? '2.0.0' : version }));
    });
    try {
      const files = {
        'a.yml': `scenarios:
  - name: It answers
    when: { she requests: GET /anything }
    then: { the status is: 200 }
`,
      };
      const played = await play(files, { inputs: { url: addressOf(moving) } });
      expect(played.exitCode).toBe(1);
      expect(played.outputs).toMatchObject({ passed: '1', failed: '0' });
      expect(verdictOf(played).outcome).toBe('inconclusive');
    } finally {
      await stop(moving);
    }
  });

  it('say nothing where the job is cancelled while an answer is waited for', async () => {
    let kill: ((signal: NodeJS.Signals) => void) | undefined;
    const silent = await serve((request, response) => {
      if (request.url === '/version') response.end(JSON.stringify({ version }));
      else kill?.('SIGTERM');
    });
    try {
      const played = await play(
        { 'a.yml': right },
        { inputs: { url: addressOf(silent) }, onStart: (end) => (kill = end) },
      );
      expect(played.exitCode).toBe(1);
      expect(played.log).toContain('The job was cancelled (SIGTERM)');
      expect(verdictOf(played).outcome).toBe('inconclusive');
    } finally {
      await stop(silent);
    }
  });

  it('talk to another service as sluice.yml describes it', async () => {
    const other = await serve((request, response) => {
      if (request.url === '/version') return response.end(JSON.stringify({ version }));
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { q, thread = 'none' } = JSON.parse(body) as { q: string; thread?: string };
        response.end(
          JSON.stringify({ reply: { text: `You said ${q} in ${thread}.` }, thread: 't1', refs: ['Atlas'] }),
        );
      });
      return undefined;
    });
    try {
      const played = await play(
        {
          'a.yml': `scenarios:
  - name: It repeats
    when: { he asks: ping }
    then:
      - the answer mentions: You said ping in none
      - the answer cites: Atlas
    next:
      - when: { he asks: pong }
        then: { the answer mentions: in t1 }
      - when: [he starts a new conversation, { he asks: again }]
        then: { the answer mentions: in none }
`,
        },
        {
          uat: 'chat: { ask: POST /v2/ask, question: q, conversation: thread, answer: reply.text, sources: refs }',
          inputs: { url: addressOf(other) },
        },
      );
      expect(played.summary).toContain('1 scenario passed');
      expect(played.exitCode).toBe(0);
    } finally {
      await stop(other);
    }
  });

  it('are not played while a scenario has mistakes; all of them are annotated at their places', async () => {
    const played = await play({
      'a.yml': right,
      'b.yml': right.replace('she asks', 'she aks').replace('it knows the answer', 'it nows the answer'),
    });
    expect(played.exitCode).toBe(1);
    expect(played.log).toMatch(
      /^::error title=Scenario,file=uat\/b\.yml,line=4,col=9::.*Did you mean "asks"\?/m,
    );
    expect(played.log).toMatch(
      /^::error title=Scenario,file=uat\/b\.yml,line=9,col=9::.*Did you mean "it knows the answer"\?/m,
    );
    expect(played.log).toContain('The acceptance scenarios have 2 mistakes');
    expect(verdictOf(played).outcome).toBe('inconclusive');
  });

  describe('of pages', () => {
    const nowhere = { environment: { CHROME_PATH: '/nowhere/chrome' } };

    it('are skipped without a browser, and it is said', async () => {
      const played = await play({ 'a.yml': right, 'page.yml': page }, nowhere);
      expect(played.exitCode).toBe(0);
      expect(played.log).toContain('Skipped (1): CHROME_PATH names /nowhere/chrome');
      expect(verdictOf(played)).toMatchObject({
        outcome: 'passed',
        summary: '2 scenarios passed, 1 skipped',
        facts: { skipped: 1 },
      });
      expect(played.evidence['junit.xml']).toContain('<skipped/>');
    });

    it('are no pass without a browser where one is required', async () => {
      const played = await play(
        { 'a.yml': right, 'page.yml': page },
        { uat: 'browser: required', ...nowhere },
      );
      expect(played.exitCode).toBe(1);
      expect(played.log).toContain('name one with CHROME_PATH');
      expect(verdictOf(played).outcome).toBe('inconclusive');
    });

    it('are played over TLS with a certificate that Node trusts by NODE_EXTRA_CA_CERTS', async () => {
      const executable = await findBrowser(process.env);
      if (executable === undefined) {
        console.log('Skipped: what needs Chrome or Chromium, which is not installed here.');
        return;
      }
      const authority = await openAuthority(path.join(root, 'authority'), undefined);
      const { certificate, privateKey } = await authority.issue();
      const server = createSecureServer({ cert: certificate, key: privateKey }, (request, response) =>
        response.end(request.url === '/version' ? JSON.stringify({ version }) : 'Here I am'),
      ).listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        const url = addressOf(server).replace('http:', 'https:');
        const files = {
          'page.yml': page.replace('the title is: Ask about 3MTT', 'the page shows: Here I am'),
        };
        const environment = { CHROME_PATH: executable, NODE_EXTRA_CA_CERTS: authority.file };
        const played = await play(files, { inputs: { url }, environment });
        expect(played.log).not.toContain('::error');
        expect(verdictOf(played)).toMatchObject({ outcome: 'passed', facts: { passed: 1 } });
      } finally {
        await stop(server);
      }
    });

    it('are played in a real browser, with pictures', async () => {
      const executable = await findBrowser(process.env);
      if (executable === undefined) {
        console.log('Skipped: what needs Chrome or Chromium, which is not installed here.');
        return;
      }
      const elsewhere: (string | undefined)[] = [];
      const other = await serve((request, response) => {
        elsewhere.push(request.headers.authorization);
        response.end();
      });
      const broken = await serve((request, response) => {
        response.setHeader('content-type', request.url === '/version' ? 'application/json' : 'text/html');
        response.end(
          request.url === '/version'
            ? JSON.stringify({ version })
            : `<!doctype html><title>Wide</title><link rel="icon" href="data:,"><body style="overflow-x: hidden">
               <img alt="" src="${addressOf(other)}/picture.png">
               <div id="wide" style="width: 500px">${request.headers.authorization ?? 'no authorization'}</div>
               <script>console.error('no good'); setTimeout(() => { document.title = 'Late'; undefinedName(); }, 50)</script>`,
        );
      });
      try {
        const chrome = { environment: { CHROME_PATH: executable } };
        const [good, bad] = await Promise.all([
          play({ 'page.yml': page }, chrome),
          play(
            {
              'page.yml': `scenarios:
  - name: A visitor opens a broken page
    given: a visitor on a phone
    when: { she opens the page: / }
    then:
      - the title is: Late
      - the page shows: Basic
      - the page fits a screen of: 360 pixels
      - there are no errors on the page
`,
            },
            { ...chrome, inputs: { url: addressOf(broken) } },
          ),
        ]);
        expect(good.log).not.toContain('::error');
        expect(good.exitCode).toBe(0);
        expect(good.evidence['screenshots/1-1-the-page.png']).toMatch(/^\x89PNG/);
        expect(bad.exitCode).toBe(1);
        expect(bad.summary).toContain('- ✅ the title is: Late');
        expect(bad.summary).toContain('- ✅ the page shows: Basic');
        expect(bad.summary).toContain('outside of the screen: div\\#wide');
        expect(bad.summary).toContain('an error on the page: no good');
        expect(bad.summary).toContain('an error on the page: ReferenceError: undefinedName is not defined');
        expect(Object.keys(bad.evidence)).toContain('screenshots/1-1-360-pixels-wide.png');
        expect(elsewhere).toEqual([undefined]);
      } finally {
        await Promise.all([stop(broken), stop(other)]);
      }
    });
  });

  describe('that a person has to sign off', () => {
    let served: ServedHub;
    beforeAll(async () => {
      served = await serveHub();
    });
    afterAll(() => served.stop());

    const github = (runId: number) => ({
      inputs: { 'github-token': served.token({ actions: 'read' }) },
      environment: {
        GITHUB_REPOSITORY: 'rehearsal/shop',
        GITHUB_RUN_ID: String(runId),
        GITHUB_API_URL: `${served.server.url}/api/v3`,
      },
    });
    const signOff = (verdict: string, runId: number): Promise<Ended> => {
      const { inputs, environment } = github(runId);
      return play({}, { inputs: { verdict, ...inputs }, environment });
    };

    it('are open until she has, and say then who she was', async () => {
      const played = await play({ 'a.yml': right }, { uat: 'signOff: required' });
      expect(played.exitCode).toBe(0);
      expect(verdictOf(played)).toMatchObject({
        outcome: 'inconclusive',
        summary: '2 scenarios passed; not signed off yet',
      });
      expect(played.outputs['awaits-sign-off']).toBe('true');

      served.hub.environment('staging-sign-off');
      served.hub.environment('production');
      const run = addRun(served.hub, { sha: served.shas.second, jobs: [] });
      const verdict = played.outputs['verdict'] ?? '';
      const review = {
        reviewer: 'grace',
        comment: 'As we agreed.',
        at: '2026-11-24T12:00:00.000Z',
        attempt: 1,
      };
      run.reviews = [{ ...review, environments: ['production'], state: 'approved' }];
      const unsigned = await signOff(verdict, run.id);
      expect(unsigned.exitCode).toBe(1);
      expect(unsigned.log).toContain('Nobody has signed off on staging-sign-off in this run');
      expect(verdictOf(unsigned).outcome).toBe('inconclusive');

      run.reviews = [{ ...review, environments: ['staging-sign-off'], state: 'approved' }];
      const signed = await signOff(verdict, run.id);
      expect(signed.log).not.toContain('::error');
      expect(signed.exitCode).toBe(0);
      expect(signed.outputs).toMatchObject({ passed: '2', failed: '0', 'signed-off-by': 'grace' });
      expect(verdictOf(signed)).toMatchObject({
        outcome: 'passed',
        digest,
        summary: '2 scenarios passed; signed off by grace',
        facts: { signedOffBy: 'grace', comment: 'As we agreed.' },
      });
      expect(signed.summary).toContain('> As we agreed.');

      const other = { ...verdictOf(played), digest: `sha256:${'e'.repeat(64)}` };
      const swapped = await signOff(JSON.stringify(other), run.id);
      expect(swapped.exitCode).toBe(1);
      expect(swapped.log).toContain('The verdict is about another image');
      expect(swapped.outputs['verdict']).toBe('');

      const failed = { ...verdictOf(played), outcome: 'failed', facts: { signOff: 'required', failed: 1 } };
      const refused = await signOff(JSON.stringify(failed), run.id);
      expect(refused.exitCode).toBe(1);
      expect(refused.log).toContain('There is nothing to sign off');
      expect(verdictOf(refused).outcome).toBe('failed');
    });
  });
});

async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
