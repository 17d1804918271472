import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Failure } from './failure.ts';
import { openOutputs } from './outputs.ts';
import { reportFailure } from './report-failure.ts';
import { fakeRunner } from './runner.fake.ts';

describe('speaking to the runner', () => {
  it('escapes what would end a command, a property or a line', () => {
    const { runner, lines } = fakeRunner();
    runner.error('100 % of\r\nit', { title: 'a:b,c', file: 'x.yml', line: 3, column: 7 });
    runner.notice('plain');
    expect(lines).toEqual([
      '::error title=a%3Ab%2Cc,file=x.yml,line=3,col=7::100 %25 of%0D%0Ait',
      '::notice::plain',
    ]);
  });

  it('masks each line of a secret, and never nothing', () => {
    const { runner, lines } = fakeRunner();
    runner.mask('one\ntwo\n\n');
    runner.mask('');
    expect(lines).toEqual(['::add-mask::one%0Atwo%0A%0A', '::add-mask::one', '::add-mask::two']);
  });

  it('writes outputs so that no value can end them early or begin another', () => {
    const { runner, files } = fakeRunner({ GITHUB_OUTPUT: '/out' });
    runner.output('image', 'a\nEOF\nother=1');
    const [first = '', ...rest] = files['/out']!.trimEnd().split('\n');
    const delimiter = /^image<<(sluice_[0-9a-f-]{36})$/.exec(first)?.[1];
    expect(rest).toEqual(['a', 'EOF', 'other=1', delimiter]);
  });

  it('sets defaults of outputs before anything else', () => {
    const { runner, lines } = fakeRunner();
    const outputs = openOutputs(runner, { image: '', pushed: 'false' });
    outputs.set('pushed', 'true');
    expect(lines).toEqual(['image=', 'pushed=false', 'pushed=true']);
  });

  it('closes a group whatever happens in it', async () => {
    const { runner, lines } = fakeRunner();
    await expect(runner.group('Build', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(lines).toEqual(['::group::Build', '::endgroup::']);
  });
});

describe('the runner of a job', () => {
  it('writes the same through the toolkit as the one that tests look at', async () => {
    const script = `
      import { runner } from ${JSON.stringify(path.join(import.meta.dirname, 'runner.ts'))};
      runner.info('a line');
      runner.debug('100 % of\\r\\nit');
      runner.notice('plain');
      runner.warning('w', { title: 'a:b,c' });
      runner.error('100 % of\\r\\nit', { title: 'a:b,c', file: 'x.yml', line: 3, column: 7 });
      runner.mask('one\\ntwo\\n\\n');
      await runner.group('Build', async () => undefined);
      runner.fail('it failed');`;
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--no-warnings', '--input-type=module', '-e', script],
      {
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      },
    );
    const { runner, lines, exitCodes } = fakeRunner();
    runner.info('a line');
    runner.debug('100 % of\r\nit');
    runner.notice('plain');
    runner.warning('w', { title: 'a:b,c' });
    runner.error('100 % of\r\nit', { title: 'a:b,c', file: 'x.yml', line: 3, column: 7 });
    runner.mask('one\ntwo\n\n');
    await runner.group('Build', () => Promise.resolve());
    runner.fail('it failed');
    expect(stdout.trimEnd().split(/\r?\n/)).toEqual(lines);
    expect(status).toBe(exitCodes[0]);
  });
});

describe('reporting a failure', () => {
  it('is one line with what, where, why and remedy, and no stack trace', async () => {
    const { runner, lines, exitCodes } = fakeRunner();
    await reportFailure(
      runner,
      'deploy',
      new Failure('The role cannot be assumed', {
        where: 'aws.role',
        why: 'AccessDenied',
        remedy: 'Trust it.',
      }),
    );
    expect(lines).toEqual(['::error::aws.role: The role cannot be assumed. AccessDenied. Trust it.']);
    expect(exitCodes).toEqual([1]);
  });

  it('folds the stack of what nobody foresaw', async () => {
    const { runner, lines } = fakeRunner();
    await reportFailure(runner, 'deploy', new Error('fetch failed', { cause: new Error('ECONNREFUSED') }));
    expect(lines[0]).toBe('::error::fetch failed: ECONNREFUSED');
    expect(lines[1]).toBe('::group::Stack trace');
    expect(lines[2]).toContain('runner.test.ts');
    expect(lines[3]).toBe('::endgroup::');
  });
});
