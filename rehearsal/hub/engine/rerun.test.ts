import { keptJobs } from './rerun.ts';

const job = (key: string, conclusion: 'success' | 'failure' | 'skipped', ...needs: string[]) => ({
  key,
  conclusion,
  needs,
});

test('what succeeded stands, unless something that it needs is run again', () => {
  const jobs = [
    job('plan', 'success'),
    job('test', 'failure', 'plan'),
    job('build', 'success', 'plan'),
    job('deploy', 'skipped', 'build', 'test'),
    job('report', 'success', 'plan', 'test'),
  ];
  expect([...keptJobs(jobs)]).toEqual(['plan', 'build']);
});

test('a matrix stands as a whole', () => {
  expect([...keptJobs([job('test', 'success'), job('test', 'failure'), job('lint', 'success')])]).toEqual([
    'lint',
  ]);
});
