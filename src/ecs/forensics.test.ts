import {
  output,
  refusal,
  startEcs,
  type Answer,
  type Asked,
  type EcsAnswers,
} from './ecs-answers.fixture.ts';
import { collectEvidence } from './forensics.ts';

const taskDefinition = 'arn:td:2';
const at = (second: number): number => Date.UTC(2026, 0, 1, 12, 0, second) / 1000;
const task = (id: string, second: number, changes: object = {}): object => ({
  taskArn: `arn:aws:ecs:eu-west-1:123456789012:task/shop-dev/${id}`,
  taskDefinitionArn: taskDefinition,
  createdAt: at(second),
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  containers: [{ name: 'shop', exitCode: 3, healthStatus: 'UNKNOWN' }],
  ...changes,
});

describe('the evidence of a failed deployment', () => {
  let ecs: EcsAnswers;
  beforeAll(async () => {
    ecs = await startEcs();
  });
  afterAll(() => ecs.end());

  const collect = () =>
    collectEvidence({
      aws: ecs.aws,
      name: { cluster: 'shop-dev', service: 'shop' },
      deployment: 'arn:deployment',
      taskDefinition,
      definition: { family: 'shop', containerDefinitions: [{ name: 'shop', image: 'x' }] },
    });

  /** A deployment that began at second 10, with these tasks; `changes` answers some calls in another way. */
  const given = (
    tasks: { readonly stopped?: readonly object[]; readonly running?: readonly object[] },
    changes: Readonly<Record<string, Answer>> = {},
  ): void => {
    let listed: readonly object[] = [];
    ecs.respond = ({ operation, input }: Asked) => {
      const changed = changes[operation];
      if (changed !== undefined) return changed;
      switch (operation) {
        case 'DescribeServiceDeployments':
          return output({ serviceDeployments: [{ createdAt: at(10) }] });
        case 'DescribeServices':
          return output({
            services: [
              {
                status: 'ACTIVE',
                events: [
                  { createdAt: at(12), message: 'later' },
                  { createdAt: at(11), message: 'earlier' },
                  { createdAt: at(9), message: 'of another deployment' },
                ],
              },
            ],
          });
        case 'ListTasks': {
          const { desiredStatus } = input as { desiredStatus: string };
          listed = (desiredStatus === 'STOPPED' ? tasks.stopped : tasks.running) ?? [];
          return output({ taskArns: listed.map((one) => (one as { taskArn: string }).taskArn) });
        }
        case 'DescribeTasks':
          return output({ tasks: listed });
        default:
          return refusal(400, 'InvalidAction', operation);
      }
    };
  };
  const ids = async () => (await collect()).tasks.map(({ id }) => id);

  it('is the newest five tasks of this revision and of this deployment', async () => {
    given({
      stopped: [
        ...[13, 17, 12, 16, 14, 15].map((second) => task(`t${second}`, second)),
        task('earlier', 9),
        task('other', 18, { taskDefinitionArn: 'arn:td:1' }),
      ],
    });
    expect(await ids()).toEqual(['t17', 't16', 't15', 't14', 't13']);
  });

  it('is not a task that ECS stopped to make room', async () => {
    given({
      stopped: [
        task('failed', 11),
        task('scaled', 12, { stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/1)' }),
      ],
    });
    expect(await ids()).toEqual(['failed']);
  });

  it('is a task that runs and is not healthy, where none has stopped', async () => {
    given({
      running: [
        task('well', 11, { healthStatus: 'HEALTHY' }),
        task('unwell', 12, { healthStatus: 'UNHEALTHY' }),
      ],
    });
    expect(await ids()).toEqual(['unwell']);
  });

  it('is what ECS said since the deployment began, newest last', async () => {
    given({});
    expect((await collect()).events).toEqual(['12:00:11 earlier', '12:00:12 later']);
  });

  it('has a gap where the output goes elsewhere, and the rest all the same', async () => {
    given({ stopped: [task('0123456789', 11)] });
    expect(await collect()).toMatchObject({
      tasks: [
        {
          id: '0123456789',
          stopCode: 'EssentialContainerExited',
          stoppedReason: 'Essential container in task exited',
          containers: [{ name: 'shop', exitCode: 3, health: 'UNKNOWN', lastLines: [] }],
        },
      ],
      gaps: [
        'The log of shop, task 01234567: its output does not go to CloudWatch Logs with a stream prefix',
      ],
    });
  });

  it('has a gap where it may not be read, and the rest all the same', async () => {
    given({}, { ListTasks: refusal(400, 'AccessDeniedException', 'not authorized') });
    expect(await collect()).toEqual({
      tasks: [],
      events: ['12:00:11 earlier', '12:00:12 later'],
      gaps: ['The stopped tasks could not be read: not authorized'],
    });
  });
});
