import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { trial, type Trial } from '../trial.ts';
import { CallLog } from './index.ts';

let here: Trial;
let client: ECRClient;
beforeAll(async () => {
  here = await trial();
  client = new ECRClient(here.client);
});
afterAll(() => here.end());

test('a listener holds a call before it is applied, and after it, before its answer', async () => {
  const names = async (): Promise<(string | undefined)[]> =>
    (await client.send(new DescribeRepositoriesCommand({}))).repositories!.map((one) => one.repositoryName);
  const seen: unknown[] = [];
  let isAnswered = false;
  const stop = here.cloud.calls.listen(async (phase, { operation }) => {
    if (operation === 'CreateRepository') seen.push([phase, await names(), isAnswered]);
  });
  await client.send(new CreateRepositoryCommand({ repositoryName: 'told' }));
  isAnswered = true;
  stop();
  await client.send(new CreateRepositoryCommand({ repositoryName: 'untold' }));
  expect(seen).toEqual([
    ['before', [], false],
    ['after', ['told'], false],
  ]);
});

test('a refused call has the name of its error as outcome', async () => {
  here.cloud.calls.clear();
  await expect(
    client.send(new DescribeRepositoriesCommand({ repositoryNames: ['nobody'] })),
  ).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  expect(here.cloud.calls.list()).toMatchObject([
    { service: 'ecr', operation: 'DescribeRepositories', outcome: 'RepositoryNotFoundException' },
  ]);
});

test('the newest 5,000 calls are kept, and their numbers go on', () => {
  const log = new CallLog();
  for (let count = 0; count < 5_001; count += 1) {
    log.begin({ service: 'ecs', operation: 'ListTasks', callerArn: '', userAgent: '', input: {} });
  }
  expect([log.list().length, log.list()[0]?.number, log.list().at(-1)?.number]).toEqual([5_000, 2, 5_001]);
});
