import { jobOf, runOf } from './hub/model.fixture.ts';
import type { Job, Run, Step } from './hub/model.ts';
import { secondsBetween, stagesOf } from './stages.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 24, 12, 0, second)).toISOString();

const step = (name: string, from: number, to: number): Step => ({
  number: 1,
  name,
  status: 'completed',
  conclusion: 'success',
  startedAt: at(from),
  completedAt: at(to),
});

const job = (name: string, from: number, to: number, steps: Step[] = []): Job =>
  jobOf({
    name,
    status: 'completed',
    conclusion: 'success',
    startedAt: at(from),
    completedAt: at(to),
    steps,
  });

const run = (jobs: Job[]): Run => runOf({ status: 'completed', jobs });

describe('the stages of a run', () => {
  it('are the jobs with a stage’s name, without their caller’s, and no other job', () => {
    expect(stagesOf(run([job('Development / Plan', 0, 1), job('Development / CI Tests', 1, 4)]))).toEqual([
      { name: 'CI Tests', conclusion: 'success', seconds: 3 },
    ]);
  });

  it('are the steps with a stage’s name, where one job holds several stages', () => {
    const production = job('Production', 0, 9, [
      step('Set up job', 0, 1),
      step('Blue-Green Deploy', 1, 4),
      step('Monitoring', 4, 9),
    ]);
    expect(stagesOf(run([production])).map((stage) => [stage.name, stage.seconds])).toEqual([
      ['Blue-Green Deploy', 3],
      ['Monitoring', 5],
    ]);
  });

  it.each([
    ['approved', 'success', 'success'],
    ['rejected', 'failure', 'failure'],
    ['needed', 'cancelled', 'cancelled'],
  ] as const)('begin with the approval that was %s', (review, ofTheJob, conclusion) => {
    const production: Job = {
      ...job('Production', 7, 9, [step('Blue-Green Deploy', 7, 9)]),
      conclusion: ofTheJob,
      gate: { since: at(2), review },
    };
    expect(stagesOf(run([production]))[0]).toEqual({ name: 'Manual Approval', conclusion, seconds: 5 });
  });

  it('have no approval where none was needed', () => {
    const staging: Job = { ...job('Deploy to STG', 1, 2), gate: { since: at(0), review: 'not needed' } };
    expect(stagesOf(run([staging])).map(({ name }) => name)).toEqual(['Deploy to STG']);
  });

  it('never last a negative time', () => {
    expect(secondsBetween(at(5), at(1))).toBe(0);
    expect(secondsBetween(undefined, at(1))).toBe(0);
  });
});
