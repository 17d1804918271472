import { rmSync } from 'node:fs';
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { scaledClock } from '../clock.ts';
import { trial, type Trial } from '../trial.ts';

let here: Trial;
let ssm: SSMClient;
beforeAll(async () => {
  here = await trial();
  ssm = new SSMClient(here.client);
});
afterAll(() => here.end());

test('a parameter is written, read, described, written again and deleted', async () => {
  const Name = '/shop/flag';
  await expect(
    ssm.send(new PutParameterCommand({ Name, Value: 'on', Type: 'String', Description: 'a flag' })),
  ).resolves.toMatchObject({ Version: 1, Tier: 'Standard' });
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
  expect(Parameter).toMatchObject({
    Name,
    Value: 'on',
    Type: 'String',
    Version: 1,
    ARN: 'arn:aws:ssm:eu-west-1:000000000000:parameter/shop/flag',
  });
  await expect(
    ssm.send(new PutParameterCommand({ Name, Value: 'off', Type: 'String' })),
  ).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
  await ssm.send(new PutParameterCommand({ Name, Value: 'off', Overwrite: true }));
  const described = await ssm.send(
    new DescribeParametersCommand({
      ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: [Name, '/nothing'] }],
    }),
  );
  expect(described.Parameters).toMatchObject([{ Name, Version: 2, Type: 'String', Description: 'a flag' }]);
  expect(JSON.stringify(described)).not.toContain('off');
  await ssm.send(new DeleteParameterCommand({ Name }));
  await expect(ssm.send(new GetParameterCommand({ Name }))).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
});

test('a SecureString is given in the clear only where it is asked for decrypted', async () => {
  const Name = 'token';
  await ssm.send(new PutParameterCommand({ Name, Value: 's3cret', Type: 'SecureString' }));
  const read = async (WithDecryption: boolean): Promise<string | undefined> =>
    (await ssm.send(new GetParametersCommand({ Names: [Name], WithDecryption }))).Parameters?.[0]?.Value;
  await expect(read(false)).resolves.not.toContain('s3cret');
  await expect(read(true)).resolves.toBe('s3cret');
});

test('names that are not there are listed beside those that are', async () => {
  await ssm.send(new PutParameterCommand({ Name: '/a', Value: '1', Type: 'String' }));
  const found = await ssm.send(new GetParametersCommand({ Names: ['/a', '/b'] }));
  expect(found.Parameters?.map(({ Value }) => Value)).toEqual(['1']);
  expect(found.InvalidParameters).toEqual(['/b']);
});

test.each([
  ['no type', { Name: '/x', Value: '1' }, 'ValidationException'],
  ['a value of 4,097 bytes', { Name: '/x', Value: 'x'.repeat(4097), Type: 'String' }, 'ValidationException'],
  ['a name with a space', { Name: '/x y', Value: '1', Type: 'String' }, 'ValidationException'],
  ['what is not kept', { Name: '/x', Value: '1', Type: 'String', Policies: '[]' }, 'UnsupportedOperation'],
] as const)('%s is refused, and nothing is written', async (_what, input, name) => {
  await expect(ssm.send(new PutParameterCommand(input))).rejects.toMatchObject({ name });
  await expect(ssm.send(new GetParameterCommand({ Name: input.Name }))).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
});

describe('what ECS injects', () => {
  const trust = {
    Statement: [
      {
        Effect: 'Allow' as const,
        Action: 'sts:AssumeRole',
        Principal: { Service: 'ecs-tasks.amazonaws.com' },
      },
    ],
  };
  const arn = 'arn:aws:ssm:eu-west-1:000000000000:parameter/shop/key';
  const role = (name: string): string => `arn:aws:iam::000000000000:role/${name}`;
  beforeAll(async () => {
    here.cloud.roles.put({ name: 'reader', trust });
    here.cloud.roles.put({ name: 'outsider', trust, permissions: { Statement: [] } });
    await ssm.send(new PutParameterCommand({ Name: '/shop/key', Value: 'k', Type: 'SecureString' }));
  });

  it('is the value, by name and by ARN', () => {
    const { secrets } = here.cloud.world;
    expect(secrets.read('/shop/key', role('reader'))).toEqual({ value: 'k' });
    expect(secrets.read(arn, role('reader'))).toEqual({ value: 'k' });
  });

  it('is the reason why not, in the words of a stopped task', () => {
    const { secrets } = here.cloud.world;
    const start =
      'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): ';
    expect(secrets.read('/shop/other', role('reader'))).toEqual({
      error: `${start}invalid ssm parameters: /shop/other`,
    });
    expect(secrets.read('/shop/key', role('outsider'))).toEqual({
      error: `${start}AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/outsider/ecs-task is not authorized to perform: ssm:GetParameters on resource: ${arn} because no identity-based policy allows the ssm:GetParameters action`,
    });
  });
});

test('parameters outlive a restart, and answers carry the cloud’s time', async () => {
  const first = await trial({ clock: scaledClock(60) });
  try {
    await new SSMClient(first.client).send(
      new PutParameterCommand({ Name: '/kept', Value: 'yes', Type: 'String' }),
    );
    await first.cloud.stop();
    // An hour ahead: a clock that runs fast is elsewhere soon.
    const now = new Date(Date.now() + 3_600_000);
    const clock = { ...scaledClock(), now: () => now };
    const second = await trial({ stateDirectory: first.stateDirectory, clock });
    try {
      const { Parameter } = await new SSMClient(second.client).send(
        new GetParameterCommand({ Name: '/kept' }),
      );
      expect(Parameter?.Value).toBe('yes');
      const answer = await fetch(`${second.cloud.url}/_rehearsal/`);
      await answer.body?.cancel();
      expect(answer.headers.get('date')).toBe(now.toUTCString());
    } finally {
      await second.cloud.stop();
    }
  } finally {
    rmSync(first.stateDirectory, { recursive: true, force: true });
  }
});

test('no value is in the call log', () => {
  const recorded = JSON.stringify(here.cloud.calls.list().map(({ input }) => input));
  expect(recorded).toContain('"Value":"***"');
  expect(recorded).not.toContain('s3cret');
});

test.each([
  [{ Type: 'Nope' as never, Value: 'x' }, 'ValidationException'],
  [{ Type: 'String' as const, Value: '' }, 'ValidationException'],
  [{ Type: 'String' as const, Value: 'x', Name: '/aws/key' }, 'AccessDeniedException'],
])('a parameter as %j is refused', async (input, name) => {
  await expect(ssm.send(new PutParameterCommand({ Name: '/refused', ...input }))).rejects.toMatchObject({
    name,
  });
});
