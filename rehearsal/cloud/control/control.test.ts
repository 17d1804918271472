import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { trial, type Trial } from '../trial.ts';

let here: Trial;
let ecr: ECRClient;
beforeAll(async () => {
  here = await trial();
  ecr = new ECRClient(here.client);
});
afterAll(() => here.end());

async function ask(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
  const response = await fetch(`${here.cloud.url}/_rehearsal${path}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return [response.status, text === '' ? undefined : (JSON.parse(text) as unknown)];
}

test('the front page says what there is', async () => {
  const [status, about] = await ask('GET', '/');
  expect(status).toBe(200);
  expect(about).toMatchObject({
    accountId: '000000000000',
    driver: 'process',
    registry: here.cloud.registryHost,
    timeScale: 1,
    services: {
      sts: ['AssumeRole', 'AssumeRoleWithWebIdentity', 'GetCallerIdentity'],
      ecs: expect.arrayContaining(['UpdateService', 'DescribeServiceDeployments']) as unknown,
    },
  });
});

test('faults are added, listed with their strikes, and removed', async () => {
  const fault = { service: 'ecr', operation: '*', effect: { kind: 'throttle' }, times: 1 };
  const [status, added] = await ask('POST', '/faults', fault);
  expect([status, added]).toEqual([201, { id: 1 }]);
  await expect(ecr.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
    name: 'ThrottlingException',
  });
  expect(await ask('GET', '/faults')).toMatchObject([200, { faults: [{ id: 1, struck: 1 }] }]);
  expect(await ask('DELETE', '/faults/1')).toEqual([204, undefined]);
  expect((await ask('DELETE', '/faults/1'))[0]).toBe(404);
  expect(await ask('GET', '/faults')).toEqual([200, { faults: [] }]);
});

test.each([
  ['no JSON', 'nonsense', 'not JSON'],
  ['nothing', 'null', '"service" and "operation"'],
  ['no effect', { service: 'ecs', operation: '*' }, '"effect"'],
  ['an unknown effect', { service: 'ecs', operation: '*', effect: { kind: 'burn' } }, '"effect"'],
  ['a delay without a time', { service: 'ecs', operation: '*', effect: { kind: 'delay' } }, '"ms"'],
  ['a failure without a name', { service: 'ecs', operation: '*', effect: { kind: 'fail' } }, '"error"'],
  [
    'half a call',
    { service: 'ecs', operation: '*', effect: { kind: 'throttle' }, times: 0.5 },
    'whole numbers',
  ],
  [
    'a chance above 1',
    { service: 'ecs', operation: '*', effect: { kind: 'throttle' }, probability: 2 },
    'from 0 to 1',
  ],
])('a fault of %s is refused in words', async (_what, body, words) => {
  const [status, answer] = await ask('POST', '/faults', body);
  expect(status).toBe(400);
  expect((answer as { message: string }).message).toContain(words);
});

test('the call log tells who asked what, and from where to read on', async () => {
  await ask('DELETE', '/calls');
  await ecr.send(new DescribeRepositoriesCommand({ maxResults: 5 }));
  const [, first] = await ask('GET', '/calls');
  const { calls } = first as { calls: { number: number }[] };
  expect(calls).toMatchObject([
    {
      service: 'ecr',
      operation: 'DescribeRepositories',
      input: { maxResults: 5 },
      outcome: 'answered',
      callerArn: 'arn:aws:iam::000000000000:user/rehearsal',
      userAgent: expect.stringContaining('aws-sdk-js') as string,
      ms: expect.any(Number) as number,
    },
  ]);
  expect(await ask('GET', `/calls?after=${calls[0]!.number}`)).toEqual([200, { calls: [] }]);
});

test('roles are put, listed and removed, and enforcement is switched', async () => {
  const trust = {
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecs-tasks.amazonaws.com' } },
    ],
  };
  expect(await ask('PUT', '/roles/execution', { trust })).toEqual([204, undefined]);
  expect(await ask('PUT', '/roles', { enforced: true })).toEqual([204, undefined]);
  expect(await ask('GET', '/roles')).toEqual([
    200,
    { enforced: true, roles: [{ name: 'execution', trust }] },
  ]);
  expect(here.cloud.roles.canBeAssumedByTasks('arn:aws:iam::000000000000:role/execution')).toBe(true);
  expect((await ask('PUT', '/roles/bad%20name', { trust }))[0]).toBe(400);
  expect((await ask('PUT', '/roles/untrusting', {}))[0]).toBe(400);
  expect((await ask('PUT', '/roles', {}))[0]).toBe(400);
  expect((await ask('DELETE', '/roles/execution'))[0]).toBe(204);
  expect((await ask('DELETE', '/roles/execution'))[0]).toBe(404);
});

test('what is not there, and what cannot be done', async () => {
  expect((await ask('GET', '/nothing'))[0]).toBe(404);
  expect((await ask('PATCH', '/faults'))[0]).toBe(405);
});

test('a page of elsewhere is refused', async () => {
  const response = await fetch(`${here.cloud.url}/_rehearsal/faults`, {
    method: 'DELETE',
    headers: { origin: 'http://evil.example' },
  });
  expect(response.status).toBe(403);
});
