import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand, type Runner } from '../github/index.ts';
import { heardRunner } from '../github/runner.fixture.ts';
import { loadScenarios, runScenarios, runTestCommand, toTestCase } from './integration.ts';

describe('integration tests', () => {
  let workspace: string;
  let lines: string[];
  let runner: Runner;
  beforeEach(async () => {
    workspace = await mkdtemp(path.join(tmpdir(), 'sluice-integration-'));
    await mkdir(path.join(workspace, 'integration'));
    ({ runner, lines } = heardRunner({ PATH: process.env['PATH'] }));
  });
  afterEach(() => rm(workspace, { recursive: true, force: true }));

  const write = (name: string, text: string) => writeFile(path.join(workspace, 'integration', name), text);
  const scenario = (name: string, status: number) =>
    `  - name: ${name}\n    steps:\n      - request: GET /${name}\n        expect: { status: ${status} }\n`;

  it('are all scenarios of all files, in the order of their names', async () => {
    await write('b.yml', `scenarios:\n${scenario('three', 200)}`);
    await write('a.yml', `scenarios:\n${scenario('one', 200)}${scenario('two', 404)}`);
    const files = await loadScenarios(runner, workspace, 'integration/*.yml');
    const ended: string[] = [];
    const results = await runScenarios(
      files,
      {
        url: new URL('http://127.0.0.1/'),
        bindings: {},
        headers: {},
        fetch: () => Promise.resolve(new Response('ok', { status: 200 })),
        now: () => 0,
        sleep: () => Promise.resolve(),
        signal: new AbortController().signal,
      },
      ({ scenario: { name } }) => ended.push(name),
    );
    expect(ended).toEqual(['one', 'two', 'three']);
    expect(results.map(toTestCase)).toEqual([
      expect.objectContaining({ name: 'one', outcome: { kind: 'passed' } }),
      {
        suite: 'integration/a.yml',
        name: 'two',
        seconds: 0,
        file: 'integration/a.yml',
        line: 8,
        outcome: {
          kind: 'failed',
          message: 'GET /two: status 200, expected 404',
          detail: 'GET /two → 200\n- status 200, expected 404\n\nok',
        },
      },
      expect.objectContaining({ name: 'three', outcome: { kind: 'passed' } }),
    ]);
  });

  it('are refused where there are none', async () => {
    await expect(loadScenarios(runner, workspace, 'integration/*.yml')).rejects.toMatchObject({
      message: 'There are no scenarios to run',
      where: '"integration/*.yml"',
    });
  });

  it('are refused with the mistakes of all files before anything is sent', async () => {
    await write('a.yml', 'scenarios: []\n');
    await write('b.yml', 'scenario: 1\n');
    await expect(loadScenarios(runner, workspace, 'integration/*.yml')).rejects.toMatchObject({
      message: 'The scenarios have 3 mistakes',
    });
    expect(lines).toEqual([
      '::error title=Scenario,file=integration/a.yml,line=1,col=1::scenarios: expected at least one scenario',
      expect.stringMatching(/^::error title=Scenario,file=integration\/b.yml,line=1,col=1::scenarios: /),
      '::error title=Scenario,file=integration/b.yml,line=1,col=1::scenario: this key is not known here',
    ]);
  });

  it('can be a command, which is told the URL and the version, and may leave a report', async () => {
    const options = {
      workspace,
      url: new URL('http://dev/'),
      version: '1.2.3',
      report: path.join(workspace, 'report.xml'),
      run: runCommand,
      runner,
      signal: new AbortController().signal,
    };
    await writeFile(options.report, '<testsuite><testcase name="of an earlier run"/></testsuite>');
    expect(
      await runTestCommand({ ...options, command: 'echo "$SLUICE_URL $SLUICE_VERSION"; exit 4' }),
    ).toEqual({
      exitCode: 4,
      cases: [],
    });
    expect(lines).toContain('http://dev/ 1.2.3');
    const command = `echo '<testsuite><testcase name="a"/></testsuite>' > "$SLUICE_JUNIT"`;
    expect(await runTestCommand({ ...options, command })).toMatchObject({
      exitCode: 0,
      cases: [{ name: 'a' }],
    });
  });
});
