import { output, refusal, startEcs, type EcsAnswers } from '../ecs-answers.fixture.ts';
import { environmentOf, release } from '../environment.fixture.ts';
import { buildTaskDefinition, type TaskDefinition } from './build.ts';
import { registerTaskDefinition } from './registered.ts';

describe('registering a task definition', () => {
  let ecs: EcsAnswers;
  beforeAll(async () => {
    ecs = await startEcs();
  });
  afterAll(() => ecs.end());
  beforeEach(() => {
    ecs.asked.length = 0;
  });

  const definition = buildTaskDefinition(environmentOf(), release, {});
  const register = (what: TaskDefinition) =>
    registerTaskDefinition(ecs.aws, what, { random: () => 1, signal: new AbortController().signal });

  it('sends it as it is written, fields that the SDK does not know included', async () => {
    ecs.respond = () => output({ taskDefinition: { taskDefinitionArn: 'arn:td:1' } });
    const own = {
      family: 'shop',
      futureField: { kept: ['yes', ''] },
      containerDefinitions: [{ name: 'shop', image: 'x', command: [], futureField: 0 }],
    } as unknown as TaskDefinition;
    expect((await register(own)).taskDefinitionArn).toBe('arn:td:1');
    expect(ecs.asked).toEqual([{ operation: 'RegisterTaskDefinition', input: own }]);
  });

  it('given it was applied and not confirmed, it finds what was registered, and does not register it again', async () => {
    ecs.respond = ({ operation }) =>
      operation === 'RegisterTaskDefinition'
        ? refusal(500, 'ServerException')
        : output({ taskDefinition: { ...definition, taskDefinitionArn: 'arn:td:1' } });
    expect((await register(definition)).taskDefinitionArn).toBe('arn:td:1');
    expect(ecs.asked.map(({ operation }) => operation)).toEqual([
      'RegisterTaskDefinition',
      'DescribeTaskDefinition',
    ]);
  });

  it('given it was not applied, it sends it again', async () => {
    ecs.respond = ({ operation }) => {
      if (operation === 'DescribeTaskDefinition') return refusal(400, 'ClientException');
      if (ecs.asked.length === 1) return refusal(503, 'ServiceUnavailable');
      return output({ taskDefinition: { taskDefinitionArn: 'arn:td:1' } });
    };
    expect((await register(definition)).taskDefinitionArn).toBe('arn:td:1');
    expect(ecs.asked.map(({ operation }) => operation)).toEqual([
      'RegisterTaskDefinition',
      'DescribeTaskDefinition',
      'RegisterTaskDefinition',
    ]);
  });

  it('given the newest revision is somebody else’s, it is not taken for ours', async () => {
    ecs.respond = ({ operation }) => {
      if (operation === 'DescribeTaskDefinition') {
        return output({
          taskDefinition: { taskDefinitionArn: 'arn:td:theirs', containerDefinitions: [{ name: 'shop' }] },
        });
      }
      if (ecs.asked.length === 1) return refusal(500, 'ServerException');
      return output({ taskDefinition: { taskDefinitionArn: 'arn:td:2' } });
    };
    expect((await register(definition)).taskDefinitionArn).toBe('arn:td:2');
  });

  it('given another runner registered the same release at the same time, both take the first of the revisions', async () => {
    const revision = (number: number, of: object) => ({
      taskDefinition: {
        ...of,
        family: 'shop',
        revision: number,
        taskDefinitionArn: `arn:td:${number}`,
        status: 'ACTIVE',
      },
    });
    ecs.respond = ({ operation, input }) => {
      if (operation === 'RegisterTaskDefinition') return output(revision(7, definition));
      const { taskDefinition } = input as { taskDefinition: string };
      return output(
        taskDefinition === 'shop:6' || taskDefinition === 'shop:5'
          ? revision(Number(taskDefinition.slice(5)), definition)
          : revision(4, { containerDefinitions: [{ name: 'shop' }] }),
      );
    };
    expect((await register(definition)).taskDefinitionArn).toBe('arn:td:5');
  });

  it('given ECS refuses it, it is not sent again', async () => {
    ecs.respond = () => refusal(400, 'ClientException');
    await expect(register(definition)).rejects.toMatchObject({ name: 'ClientException' });
    expect(ecs.asked).toHaveLength(1);
  });
});
