import { output, refusal, startEcs, type EcsAnswers } from './ecs-answers.fixture.ts';
import { environmentOf } from './environment.fixture.ts';
import { createObserver, recentDeployments } from './observe.ts';

const name = { cluster: 'shop-dev', service: 'shop' };
const ours = 'arn:deployment:ours';
const newer = 'arn:deployment:newer';

describe('looking at a deployment', () => {
  let ecs: EcsAnswers;
  beforeAll(async () => {
    ecs = await startEcs();
  });
  afterAll(() => ecs.end());
  beforeEach(() => {
    ecs.asked.length = 0;
  });

  const given = ({
    current,
    status,
    deployments,
  }: {
    readonly current?: string;
    readonly status?: string;
    /** ARN by the second it was made. */
    readonly deployments: Readonly<Record<number, string>>;
  }): void => {
    ecs.respond = ({ operation }) => {
      switch (operation) {
        case 'DescribeServices':
          return output({
            services: [
              {
                status: 'ACTIVE',
                desiredCount: 3,
                ...(current === undefined ? {} : { currentServiceDeployment: current }),
                deployments: [
                  { taskDefinition: 'arn:td:1', runningCount: 2, pendingCount: 0, failedTasks: 0 },
                  { taskDefinition: 'arn:td:2', runningCount: 1, pendingCount: 2, failedTasks: 4 },
                ],
              },
            ],
          });
        case 'DescribeServiceDeployments':
          return output({
            serviceDeployments:
              status === undefined
                ? []
                : [{ serviceDeploymentArn: ours, status, statusReason: 'ECS’s words' }],
          });
        case 'ListServiceDeployments':
          return output({
            serviceDeployments: Object.entries(deployments).map(([second, arn]) => ({
              serviceDeploymentArn: arn,
              createdAt: Number(second),
              targetServiceRevisionArn: `${arn}:revision`,
            })),
          });
        case 'DescribeServiceRevisions':
          return output({
            serviceRevisions: [{ serviceRevisionArn: `${ours}:revision`, taskDefinition: 'arn:td:2' }],
          });
        default:
          return refusal(400, 'InvalidAction', operation);
      }
    };
  };
  const look = () =>
    createObserver(ecs.aws, {
      name,
      environment: environmentOf(),
      deployment: ours,
      taskDefinition: 'arn:td:2',
    })();
  const operations = () => ecs.asked.map(({ operation }) => operation).sort();

  it('counts the tasks of its revision alone, in two calls', async () => {
    given({ current: ours, status: 'IN_PROGRESS', deployments: { 1: ours } });
    expect(await look()).toEqual({
      deployment: { arn: ours, status: 'IN_PROGRESS', reason: 'ECS’s words' },
      isSuperseded: false,
      desired: 3,
      running: 1,
      pending: 2,
      failedTasks: 4,
      shift: undefined,
      sides: undefined,
    });
    expect(operations()).toEqual(['DescribeServiceDeployments', 'DescribeServices']);
  });

  it('takes one that cannot be read yet for one that has not begun', async () => {
    given({ current: ours, deployments: { 1: ours } });
    expect((await look()).deployment).toEqual({ arn: ours, status: 'PENDING', reason: undefined });
  });

  it('is superseded where a newer one is in progress', async () => {
    given({ current: newer, status: 'IN_PROGRESS', deployments: { 1: ours, 2: newer } });
    expect((await look()).isSuperseded).toBe(true);
  });

  it('is superseded where it was stopped for one that is over already', async () => {
    given({ status: 'STOPPED', deployments: { 1: ours, 2: newer } });
    expect((await look()).isSuperseded).toBe(true);
  });

  it('is not superseded by an older one that the service still names', async () => {
    given({
      current: 'arn:deployment:older',
      status: 'PENDING',
      deployments: { 0: 'arn:deployment:older', 1: ours },
    });
    expect((await look()).isSuperseded).toBe(false);
  });

  it('lists deployments newest first, in whatever order ECS has them, with what each brings', async () => {
    given({ deployments: { 1: ours, 2: newer } });
    expect(await recentDeployments(ecs.aws, name)).toEqual([
      { arn: newer, status: '', createdAt: new Date(2_000), taskDefinition: undefined },
      { arn: ours, status: '', createdAt: new Date(1_000), taskDefinition: 'arn:td:2' },
    ]);
  });
});
