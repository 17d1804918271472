import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../github/index.ts';
import { heardRunner } from '../github/runner.fixture.ts';
import { judge, runTests, type TestSettings } from './test.ts';

const report = (tests: string): string => `<testsuite name="s">${tests}</testsuite>`;
const passing = report('<testcase name="a"/><testcase name="b"/>');

describe('the tests of a service', () => {
  let workspace: string;
  let lines: string[];
  beforeEach(async () => {
    workspace = await mkdtemp(path.join(tmpdir(), 'sluice-test-'));
    await mkdir(path.join(workspace, 'service'));
  });
  afterEach(() => rm(workspace, { recursive: true, force: true }));

  const settings = (changes: Partial<TestSettings> = {}): TestSettings => ({
    directory: 'service',
    install: 'true',
    lint: 'true',
    unit: `echo '${passing}' > junit.xml`,
    report: 'junit.xml',
    ...changes,
  });
  const execute = async (changes: Partial<TestSettings> = {}, environment: Record<string, string> = {}) => {
    const used = settings(changes);
    const heard = heardRunner({ PATH: process.env['PATH'], ...environment });
    ({ lines } = heard);
    const verdict = await runTests({
      settings: used,
      workspace,
      run: runCommand,
      runner: heard.runner,
      now: Date.now,
      signal: new AbortController().signal,
    });
    return { verdict, failure: judge(verdict, used) };
  };

  it('pass when all commands and all tests pass', async () => {
    const { verdict, failure } = await execute();
    expect(failure).toBeUndefined();
    expect(verdict.commands.map(({ name, exitCode }) => [name, exitCode])).toEqual([
      ['Install', 0],
      ['Lint', 0],
      ['Unit tests', 0],
    ]);
    expect(verdict.reports).toEqual(['service/junit.xml']);
    expect(verdict.cases).toHaveLength(2);
  });

  it('fail with the number of failing tests, whatever the command says', async () => {
    const failing = report('<testcase name="a"/><testcase name="b"><failure>no</failure></testcase>');
    const { failure } = await execute({ unit: `echo '${failing}' > junit.xml` });
    expect(failure?.message).toBe('1 test failed');
  });

  it('fail when no test was executed: no report, an old report, only skipped ones', async () => {
    const message = 'No test was executed';
    expect((await execute({ unit: 'true' })).failure?.message).toBe(message);

    await writeFile(path.join(workspace, 'service/junit.xml'), passing);
    await utimes(path.join(workspace, 'service/junit.xml'), 1000, 1000);
    expect((await execute({ unit: 'true' })).failure?.message).toBe(message);

    const skipped = report('<testcase name="a"><skipped/></testcase>');
    expect((await execute({ unit: `echo '${skipped}' > junit.xml` })).failure?.why).toBe(
      'all tests were skipped',
    );
  });

  it('run although the lint failed, and the lint is what is reported', async () => {
    const { verdict, failure } = await execute({ lint: `printf '\\033[31munused\\033[0m variable'; exit 3` });
    expect(verdict.cases).toHaveLength(2);
    expect(failure).toMatchObject({
      message: 'Lint failed',
      where: 'service',
      why: expect.stringMatching(/ended with exit code 3$/) as string,
    });
    expect(failure?.evidence).toContain('unused variable');
  });

  it('do not run when the installation failed', async () => {
    await expect(execute({ install: 'echo no such package; false | true' })).rejects.toMatchObject({
      message: 'The dependencies could not be installed',
      evidence: expect.stringContaining('no such package') as string,
    });
    expect(lines.join('\n')).not.toContain('Unit tests');
  });

  it('say that the directory is not there, and that a report is none', async () => {
    await expect(execute({ directory: 'nowhere' })).rejects.toMatchObject({ where: 'checks.test.directory' });
    await expect(execute({ unit: 'echo no xml > junit.xml' })).rejects.toThrow(
      'The test report cannot be read',
    );
  });

  it('find reports by a pattern', async () => {
    const { verdict } = await execute({
      unit: `mkdir -p out && echo '${passing}' > out/a.xml && echo '${passing}' > out/b.xml`,
      report: 'out/*.xml',
    });
    expect(verdict.cases).toHaveLength(4);
  });

  it('find no report of a dependency', async () => {
    const { verdict } = await execute({
      unit: `mkdir -p a/out a/node_modules && echo '${passing}' | tee a/out/a.xml > a/node_modules/a.xml`,
      report: '*/*/a.xml',
    });
    expect(verdict.reports).toEqual(['service/a/out/a.xml']);
  });

  it('may stop workflow commands, and not those of the action', async () => {
    const { failure } = await execute({ unit: 'echo ::stop-commands::xyz; echo ::error::quoted; exit 1' });
    expect(failure?.message).toBe('Unit tests failed');
    expect(lines.slice(-5)).toEqual([
      '::stop-commands::xyz',
      '::error::quoted',
      '::xyz::',
      '::endgroup::',
      expect.stringMatching(/^Unit tests failed with exit code 1/),
    ]);
  });

  it('see neither the inputs of the action nor the tokens of the runner', async () => {
    await execute(
      { lint: 'env' },
      { INPUT_ENVIRONMENT: 'x', ACTIONS_RUNTIME_TOKEN: 'canary', GITHUB_OUTPUT: '/out', GITHUB_SHA: 'kept' },
    );
    const printed = lines.join('\n');
    expect(printed).toContain('GITHUB_SHA=kept');
    expect(printed).not.toMatch(/INPUT_|canary|GITHUB_OUTPUT/);
  });
});
