import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { trial, type Trial } from '../trial.ts';
import { Faults } from './index.ts';

let here: Trial;
let client: ECRClient;
beforeAll(async () => {
  here = await trial();
  client = new ECRClient(here.client);
});
afterEach(() => here.cloud.faults.clear());
afterAll(() => here.end());

const describeAll = () => client.send(new DescribeRepositoriesCommand({}));
const create = (repositoryName: string) => client.send(new CreateRepositoryCommand({ repositoryName }));
const exists = async (name: string): Promise<boolean> =>
  (await describeAll()).repositories!.some(({ repositoryName }) => repositoryName === name);

describe('what a fault does', () => {
  test('throttled and failed calls are refused before they are applied', async () => {
    here.cloud.faults.add({
      service: 'ecr',
      operation: 'CreateRepository',
      effect: { kind: 'throttle' },
      times: 1,
    });
    await expect(create('throttled')).rejects.toMatchObject({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
    });
    expect(await exists('throttled')).toBe(false);

    here.cloud.faults.add({
      service: 'ECR',
      operation: '*',
      effect: { kind: 'fail', error: 'ServerException', message: 'gone', statusCode: 500 },
      times: 1,
    });
    await expect(create('failed')).rejects.toMatchObject({
      name: 'ServerException',
      message: 'gone',
      $metadata: { httpStatusCode: 500 },
    });
    expect(await exists('failed')).toBe(false);
  });

  test('a lost answer leaves the call applied and the connection broken', async () => {
    here.cloud.faults.add({
      service: 'ecr',
      operation: 'CreateRepository',
      effect: { kind: 'lose-answer' },
      times: 1,
    });
    await expect(create('lost')).rejects.toThrow('socket hang up');
    expect(await exists('lost')).toBe(true);
    expect(
      here.cloud.calls
        .list()
        .filter(({ outcome }) => outcome === 'answer-lost')
        .map(({ operation }) => operation),
    ).toEqual(['CreateRepository']);
  });

  test('a client that tries again gets over what passes', async () => {
    here.cloud.faults.add({ service: '*', operation: '*', effect: { kind: 'throttle' }, times: 2 });
    const patient = new STSClient({ ...here.client, maxAttempts: 3 });
    expect((await patient.send(new GetCallerIdentityCommand({}))).Account).toBe('000000000000');
  });

  test('a delayed call is answered later, and a stopping cloud does not wait for it', async () => {
    const other = await trial();
    other.cloud.faults.add({ service: 'ecr', operation: '*', effect: { kind: 'delay', ms: 3_600_000 } });
    const waiting = new ECRClient(other.client).send(new DescribeRepositoriesCommand({}));
    const refused = expect(waiting).rejects.toThrow('socket hang up');
    const arrived = new Promise<void>((resolve) => {
      other.cloud.calls.listen((phase) => {
        if (phase === 'before') resolve();
      });
    });
    await arrived;
    await other.end();
    await refused;
  });
});

describe('which calls it strikes', () => {
  const strikes = (faults: Faults, count: number): boolean[] =>
    Array.from({ length: count }, () => faults.strike('ecs', 'UpdateService').length > 0);

  test('the nth and so many', () => {
    const faults = new Faults();
    faults.add({
      service: 'ecs',
      operation: 'UpdateService',
      effect: { kind: 'throttle' },
      skip: 1,
      times: 2,
    });
    expect(strikes(faults, 5)).toEqual([false, true, true, false, false]);
  });

  test('by chance', () => {
    const chances = [0.1, 0.9, 0.49];
    const faults = new Faults(() => chances.shift() ?? 1);
    faults.add({ service: '*', operation: '*', effect: { kind: 'throttle' }, probability: 0.5 });
    expect(strikes(faults, 3)).toEqual([true, false, true]);
  });

  test('none of another operation, and none once removed', () => {
    const faults = new Faults();
    const id = faults.add({ service: 'ecs', operation: 'RunTask', effect: { kind: 'throttle' } });
    expect(strikes(faults, 1)).toEqual([false]);
    expect(faults.strike('ecs', 'RunTask')).toEqual([{ kind: 'throttle' }]);
    expect(faults.remove(id)).toBe(true);
    expect(faults.strike('ecs', 'RunTask')).toEqual([]);
  });
});
