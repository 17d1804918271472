import type { Service } from '@aws-sdk/client-ecs';
import { hasFailedBefore, hasStarted, overBefore, ownDeployment, type Move } from './attach.ts';
import type { KnownDeployment } from './observe.ts';

const ours = 'arn:td:2';
const service = (primary: string, changes: Partial<Service> = {}): Service => ({
  taskDefinition: ours,
  deployments: [
    { id: 'ecs-svc/0', status: 'ACTIVE' },
    { id: primary, status: 'PRIMARY' },
  ],
  ...changes,
});
const deployment = (arn: string, taskDefinition: string, status = 'IN_PROGRESS'): KnownDeployment => ({
  arn,
  status,
  taskDefinition,
  createdAt: new Date(0),
});
const move = (changes: Partial<Move>): Move => ({
  taskDefinition: ours,
  known: new Set(),
  before: service('ecs-svc/1'),
  after: service('ecs-svc/2'),
  ...changes,
});

describe('which deployment is ours', () => {
  it('is the one that brings our task definition', () => {
    const recent = [deployment('arn:b', 'arn:td:3'), deployment('arn:a', ours)];
    expect(ownDeployment(move({}), recent)).toBe('arn:a');
  });

  it('is not an earlier one of the same task definition that failed, while the new one is not listed yet', () => {
    const failed = deployment('arn:failed', ours, 'ROLLBACK_SUCCESSFUL');
    const again = move({ known: new Set(['arn:failed']) });
    expect(ownDeployment(again, [failed])).toBeUndefined();
    expect(ownDeployment(again, [deployment('arn:new', ours), failed])).toBe('arn:new');
  });

  it('is one that was there already, where moving the service started none', () => {
    const same = service('ecs-svc/1');
    const attached = move({ before: same, after: same, known: new Set(['arn:a']) });
    expect(hasStarted(attached)).toBe(false);
    expect(ownDeployment(attached, [deployment('arn:a', ours)])).toBe('arn:a');
  });

  it('is the one in progress that another runner started a moment before, and none that is over', () => {
    const recent = [
      deployment('arn:theirs', ours),
      deployment('arn:back', ours, 'ROLLBACK_IN_PROGRESS'),
      deployment('arn:failed', ours, 'STOPPED'),
    ];
    expect(overBefore(recent)).toEqual(new Set(['arn:back', 'arn:failed']));
    expect(ownDeployment(move({ known: overBefore(recent) }), recent)).toBe('arn:theirs');
  });

  it('is a new one where the service was just created', () => {
    expect(hasStarted(move({ before: undefined }))).toBe(true);
  });
});

describe('whether only a new deployment can bring the service up', () => {
  it.each([
    ['the last one failed and there was nothing to go back to', service('x'), 'ROLLBACK_FAILED', true],
    ['the last one was stopped', service('x'), 'STOPPED', true],
    ['the last one succeeded', service('x'), 'SUCCESSFUL', false],
    ['one is in progress', service('x', { currentServiceDeployment: 'arn:a' }), 'ROLLBACK_FAILED', false],
    [
      'the service went back to another version',
      service('x', { taskDefinition: 'arn:td:1' }),
      'ROLLBACK_SUCCESSFUL',
      false,
    ],
  ])('%s', (_name, before, status, expected) => {
    expect(hasFailedBefore(before, ours, [deployment('arn:a', ours, status)])).toBe(expected);
  });

  it('the newest of our task definition counts', () => {
    const recent = [deployment('arn:b', ours, 'SUCCESSFUL'), deployment('arn:a', ours, 'ROLLBACK_FAILED')];
    expect(hasFailedBefore(service('x'), ours, recent)).toBe(false);
  });
});
