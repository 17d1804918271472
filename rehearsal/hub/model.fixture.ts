import type { Job, Repository, Run } from './model.ts';

/** When everything happens in tests, where it does not matter. */
export const at = '2026-11-24T12:00:00.000Z';

export const shop: Repository = {
  id: 1001,
  owner: 'rehearsal',
  ownerId: 1002,
  name: 'shop',
  defaultBranch: 'main',
  gitDirectory: '/nowhere',
};

/** A run of a push that goes on and has no jobs yet, but for what is given. */
export function runOf(given: Partial<Run> = {}): Run {
  return {
    id: 1,
    number: 1,
    attempt: 1,
    workflowPath: '.github/workflows/ci.yml',
    workflowName: 'CI',
    displayTitle: 'Go on',
    event: 'push',
    ref: 'refs/heads/main',
    sha: 'a'.repeat(40),
    actor: 'ada',
    inputs: {},
    payload: {},
    status: 'in_progress',
    createdAt: at,
    jobs: [],
    artifacts: [],
    ...given,
  };
}

/** The first run's one job, which runs, but for what is given. */
export function jobOf(given: Partial<Job> = {}): Job {
  return {
    id: 2,
    runId: 1,
    attempt: 1,
    key: 'build',
    name: 'Build',
    needs: [],
    status: 'in_progress',
    createdAt: at,
    steps: [],
    annotations: [],
    outputs: {},
    ...given,
  };
}
