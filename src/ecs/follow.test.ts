import type { Plan } from './decision.ts';
import { rollbackGraceMs } from './decide.ts';
import { output, refusal, startEcs, type Answer, type EcsAnswers } from './ecs-answers.fixture.ts';
import { environmentOf } from './environment.fixture.ts';
import { follow } from './follow.ts';

const own = 'arn:deployment';
const taskDefinition = 'arn:td:2';
const deadline = 600_000;

describe('following a deployment', () => {
  let ecs: EcsAnswers;
  beforeAll(async () => {
    ecs = await startEcs();
  });
  afterAll(() => ecs.end());
  beforeEach(() => {
    ecs.asked.length = 0;
  });

  /** Answers each look with the next status; the last one stays. */
  const showing = (
    statuses: readonly (string | Answer)[],
    stop: Answer = output({ serviceDeploymentArn: own }),
  ): void => {
    let looks = 0;
    ecs.respond = ({ operation }) => {
      switch (operation) {
        case 'DescribeServices':
          return output({
            services: [
              {
                status: 'ACTIVE',
                desiredCount: 2,
                currentServiceDeployment: own,
                deployments: [{ taskDefinition, runningCount: 1, pendingCount: 1 }],
              },
            ],
          });
        case 'DescribeServiceDeployments': {
          const status = statuses[Math.min(looks, statuses.length - 1)] ?? '';
          looks += 1;
          return typeof status === 'string'
            ? output({ serviceDeployments: [{ serviceDeploymentArn: own, status }] })
            : status;
        }
        case 'StopServiceDeployment':
          return stop;
        default:
          return refusal(400, 'InvalidAction', operation);
      }
    };
  };

  const run = async ({
    startsAt = 0,
    signal = new AbortController().signal,
    ...changes
  }: Partial<Pick<Plan, 'deadline' | 'circuitBreaker' | 'failuresAllowed'>> & {
    startsAt?: number;
    signal?: AbortSignal;
  } = {}) => {
    let time = startsAt;
    const waits: number[] = [];
    const states: string[] = [];
    const following = follow({
      aws: ecs.aws,
      name: { cluster: 'shop-dev', service: 'shop' },
      deployment: own,
      taskDefinition,
      environment: environmentOf(),
      plan: { deadline, circuitBreaker: true, failuresAllowed: 3, shift: undefined, ...changes },
      progress: { report: (state) => states.push(state) },
      now: () => time,
      sleep: (ms) => {
        waits.push(ms);
        time += ms;
        return Promise.resolve();
      },
      random: () => 1,
      signal,
    });
    const outcome = await following.catch((error: unknown) => error);
    return { outcome, waits, states };
  };
  const stops = () => ecs.asked.filter(({ operation }) => operation === 'StopServiceDeployment');

  it('given it succeeds, it looks once a second until then, and asks for nothing else', async () => {
    showing(['PENDING', 'IN_PROGRESS', 'SUCCESSFUL']);
    const { outcome, waits, states } = await run();
    expect(outcome).toEqual({ state: 'successful' });
    expect(waits).toEqual([1_000, 1_000]);
    expect(states).toEqual([
      'PENDING: 1 of 2 tasks of the new version run, 1 are starting',
      'IN_PROGRESS: 1 of 2 tasks of the new version run, 1 are starting',
    ]);
    expect(stops()).toEqual([]);
  });

  it('given a permission is missing, it fails at once, and names it', async () => {
    showing([
      refusal(
        400,
        'AccessDeniedException',
        'User: arn:x is not authorized to perform: ecs:DescribeServiceDeployments on resource: arn:y',
      ),
    ]);
    const { outcome, waits } = await run();
    expect(outcome).toMatchObject({
      name: 'Failure',
      where: own,
      remedy: 'Allow the role ecs:DescribeServiceDeployments (docs/adopting.md, "What the role may do")',
    });
    expect(waits).toEqual([]);
  });

  it('given the credentials have ended, it fails at once, and says so', async () => {
    showing([refusal(400, 'ExpiredTokenException')]);
    const { outcome, waits } = await run();
    expect(outcome).toMatchObject({
      name: 'Failure',
      remedy: 'Check the job’s credentials: they have ended, or are of another account',
    });
    expect(waits).toEqual([]);
  });

  it('given AWS throttles, it asks again more and more slowly, and then as before', async () => {
    const throttled = refusal(400, 'ThrottlingException');
    showing([throttled, throttled, throttled, throttled, throttled, 'IN_PROGRESS', 'SUCCESSFUL']);
    const { outcome, waits } = await run();
    expect(outcome).toEqual({ state: 'successful' });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 1_000]);
  });

  it('given an answer fails while it rolls back after the deadline, it goes on looking', async () => {
    showing([
      'IN_PROGRESS',
      refusal(503, 'ServiceUnavailable'),
      'ROLLBACK_IN_PROGRESS',
      'ROLLBACK_SUCCESSFUL',
    ]);
    const { outcome } = await run({ startsAt: deadline + 1 });
    expect(outcome).toMatchObject({ state: 'rolled-back', why: 'it did not finish in time' });
    expect(stops().map(({ input }) => input)).toEqual([{ serviceDeploymentArn: own, stopType: 'ROLLBACK' }]);
  });

  it('given AWS never answers again, it ends after the deadline and the time for a rollback', async () => {
    showing([refusal(503, 'ServiceUnavailable')]);
    const { outcome, waits } = await run({ startsAt: deadline + rollbackGraceMs - 5_000 });
    expect(outcome).toMatchObject({ name: 'Failure', where: own });
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  it('given ECS refuses the rollback, it asks three times, and says what ECS said', async () => {
    showing(['IN_PROGRESS'], refusal(400, 'ConflictException', 'busy'));
    const { outcome } = await run({ startsAt: deadline + 1 });
    expect(outcome).toEqual({
      state: 'unknown',
      why: 'it did not finish in time, and ECS refused the rollback: busy',
    });
    expect(stops()).toHaveLength(3);
  });

  it('given the rollback is not allowed, it names the permission', async () => {
    const denied = 'User: arn:x is not authorized to perform: ecs:StopServiceDeployment on resource: arn:y';
    showing(['IN_PROGRESS'], refusal(400, 'AccessDeniedException', denied));
    const { outcome } = await run({ startsAt: deadline + 1 });
    expect(outcome).toMatchObject({
      state: 'unknown',
      why: `it did not finish in time, and ECS refused the rollback: ${denied}. Allow the role ecs:StopServiceDeployment (docs/adopting.md, "What the role may do")`,
    });
  });

  it('given the rollback fails, it says why it was asked for as well', async () => {
    showing(['IN_PROGRESS', 'ROLLBACK_FAILED']);
    const { outcome } = await run({ startsAt: deadline + 1 });
    expect(outcome).toMatchObject({
      state: 'failed',
      why: 'it did not finish in time, and the rollback failed: ECS says ROLLBACK_FAILED',
    });
  });

  it('given the job is cancelled, it asks for nothing more', async () => {
    showing(['IN_PROGRESS']);
    const cancelled = new Error('The job was cancelled.');
    const { outcome } = await run({ signal: AbortSignal.abort(cancelled) });
    expect(outcome).toBe(cancelled);
    expect(ecs.asked).toEqual([]);
  });
});
