import { fakeRunner } from '../github/runner.fake.ts';
import { output, refusal, startEcs, type Answer, type EcsAnswers } from './ecs-answers.fixture.ts';
import { environmentOf } from './environment.fixture.ts';
import { migrate, type Migration } from './migrate.ts';

const taskDefinition = 'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-development:2';
const taskArn = 'arn:aws:ecs:eu-west-1:123456789012:task/shop-dev/0123';
const task = (changes: object = {}): object => ({
  taskArn,
  taskDefinitionArn: taskDefinition,
  startedBy: 'sluice/migrate',
  lastStatus: 'PENDING',
  ...changes,
});
const ended = task({ lastStatus: 'STOPPED', containers: [{ name: 'shop', exitCode: 0 }] });
const noPlace = output({ tasks: [], failures: [{ reason: 'RESOURCE:MEMORY' }] });

describe('running a migration', () => {
  let ecs: EcsAnswers;
  beforeAll(async () => {
    ecs = await startEcs();
  });
  afterAll(() => ecs.end());
  beforeEach(() => {
    ecs.asked.length = 0;
  });

  /** Answers each operation with the next of its answers; the last one stays. */
  const given = (answers: Readonly<Record<string, readonly Answer[]>>): void => {
    const counts = new Map<string, number>();
    ecs.respond = ({ operation }) => {
      const all = answers[operation] ?? [refusal(400, 'InvalidAction', operation)];
      const count = counts.get(operation) ?? 0;
      counts.set(operation, count + 1);
      return all[Math.min(count, all.length - 1)] ?? refusal(400, 'InvalidAction', operation);
    };
  };
  const nothing = { ListTasks: [output({ taskArns: [] })] };
  const run = async (keys: Readonly<Record<string, unknown>> = {}): Promise<Migration> => {
    let time = 0;
    return migrate({
      aws: ecs.aws,
      environment: environmentOf(keys),
      migrate: { command: ['migrate', '--now'], timeout: 60_000 },
      taskDefinition,
      definition: { family: 'shop-development', containerDefinitions: [{ name: 'shop' }] },
      container: 'shop',
      runner: fakeRunner().runner,
      now: () => time,
      sleep: (ms) => {
        time += ms;
        return Promise.resolve();
      },
      random: () => 0.5,
      signal: new AbortController().signal,
      onTask: () => undefined,
    });
  };
  const inputs = (operation: string): Record<string, unknown>[] =>
    ecs.asked
      .filter((call) => call.operation === operation)
      .map(({ input }) => input as Record<string, unknown>);

  it('asks for one task of the new task definition, with the command in the service’s container', async () => {
    given({
      ...nothing,
      RunTask: [output({ tasks: [task()] })],
      DescribeTasks: [output({ tasks: [ended] })],
    });
    expect(await run()).toMatchObject({ state: 'succeeded', task: taskArn, attached: false, exitCode: 0 });
    expect(inputs('RunTask')).toEqual([
      {
        cluster: 'shop-dev',
        taskDefinition,
        count: 1,
        launchType: 'EC2',
        startedBy: 'sluice/migrate',
        clientToken: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        overrides: { containerOverrides: [{ name: 'shop', command: ['migrate', '--now'] }] },
      },
    ]);
  });

  it('puts the task where those of the service are', async () => {
    given({
      ...nothing,
      RunTask: [output({ tasks: [task()] })],
      DescribeTasks: [output({ tasks: [ended] })],
    });
    await run({
      compute: { cpu: 256, memory: 512 },
      network: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
    });
    expect(inputs('RunTask')[0]).toMatchObject({
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } },
    });
  });

  it('asks again where there is no place, as another request', async () => {
    given({
      ...nothing,
      RunTask: [noPlace, noPlace, output({ tasks: [task()] })],
      DescribeTasks: [output({ tasks: [ended] })],
    });
    expect((await run()).state).toBe('succeeded');
    const tokens = inputs('RunTask').map(({ clientToken }) => clientToken);
    expect(tokens).toHaveLength(3);
    expect(tokens[1]).not.toBe(tokens[0]);
  });

  it('gives up where there is no place, and says how much is wanted', async () => {
    given({ ...nothing, RunTask: [noPlace] });
    await expect(run()).rejects.toMatchObject({
      message: expect.stringContaining('finds no place in the cluster') as string,
    });
    expect(inputs('RunTask')).toHaveLength(4);
  });

  it('keeps looking while ECS is throttled or does not answer', async () => {
    given({
      ...nothing,
      RunTask: [output({ tasks: [task()] })],
      DescribeTasks: [
        refusal(400, 'ThrottlingException'),
        refusal(500, 'ServerException'),
        output({ tasks: [], failures: [{ reason: 'MISSING' }] }),
        output({ tasks: [ended] }),
      ],
    });
    expect((await run()).state).toBe('succeeded');
  });

  it('is stopped where it takes too long; where it cannot be, that is said', async () => {
    const runs = {
      ...nothing,
      RunTask: [output({ tasks: [task()] })],
      DescribeTasks: [output({ tasks: [task({ lastStatus: 'RUNNING' })] })],
    };
    given({ ...runs, StopTask: [output({ task: ended })] });
    expect((await run()).failure).toEqual({
      why: 'it was not done after 1 min, and was stopped',
      blame: 'release',
    });
    expect(inputs('StopTask')).toMatchObject([{ cluster: 'shop-dev', task: taskArn }]);
    given({ ...runs, StopTask: [refusal(400, 'AccessDeniedException', 'not authorized')] });
    expect((await run()).failure?.why).toContain('it was not done after 1 min, and runs on: not authorized');
  });

  it('says why its log cannot be read', async () => {
    given({
      ...nothing,
      RunTask: [output({ tasks: [task()] })],
      DescribeTasks: [output({ tasks: [ended] })],
    });
    expect((await run()).gap).toBe('its output does not go to CloudWatch Logs with a stream prefix');
  });
});
