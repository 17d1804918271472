import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { trial, type Trial } from '../trial.ts';

let here: Trial;
let client: SecretsManagerClient;
beforeAll(async () => {
  here = await trial();
  client = new SecretsManagerClient(here.client);
});
afterAll(() => here.end());

const valueOf = async (SecretId: string, asked: object = {}): Promise<string | undefined> =>
  (await client.send(new GetSecretValueCommand({ SecretId, ...asked }))).SecretString;

describe('versions and labels', () => {
  test('a new value becomes current, the one before it previous, the one before that nothing', async () => {
    const first = await client.send(new CreateSecretCommand({ Name: 'rotated', SecretString: 'one' }));
    const second = await client.send(new PutSecretValueCommand({ SecretId: 'rotated', SecretString: 'two' }));
    expect(await valueOf('rotated')).toBe('two');
    expect(await valueOf('rotated', { VersionStage: 'AWSPREVIOUS' })).toBe('one');

    const third = await client.send(
      new PutSecretValueCommand({ SecretId: 'rotated', SecretString: 'three' }),
    );
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 'rotated' }));
    expect(VersionIdsToStages).toEqual({
      [second.VersionId!]: ['AWSPREVIOUS'],
      [third.VersionId!]: ['AWSCURRENT'],
    });
    expect(await valueOf('rotated', { VersionId: first.VersionId })).toBe('one');
  });

  test('a pending version is tried, then made current', async () => {
    const old = await client.send(new CreateSecretCommand({ Name: 'staged', SecretString: 'old' }));
    const pending = await client.send(
      new PutSecretValueCommand({ SecretId: 'staged', SecretString: 'new', VersionStages: ['AWSPENDING'] }),
    );
    expect(await valueOf('staged')).toBe('old');
    expect(await valueOf('staged', { VersionStage: 'AWSPENDING' })).toBe('new');

    const move = { SecretId: 'staged', VersionStage: 'AWSCURRENT', MoveToVersionId: pending.VersionId };
    await expect(client.send(new UpdateSecretVersionStageCommand(move))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(`currently attached to version ${old.VersionId!}`) as string,
    });
    await client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: old.VersionId }));
    expect(await valueOf('staged')).toBe('new');
    expect(await valueOf('staged', { VersionStage: 'AWSPREVIOUS' })).toBe('old');
  });

  test('a retry with the same token changes nothing; another value under it is refused', async () => {
    await client.send(new CreateSecretCommand({ Name: 'retried', SecretString: 'one' }));
    const token = '00000000-0000-4000-8000-000000000001';
    const put = { SecretId: 'retried', ClientRequestToken: token };
    await client.send(new PutSecretValueCommand({ ...put, SecretString: 'two' }));
    await client.send(new PutSecretValueCommand({ ...put, SecretString: 'two' }));
    await expect(
      client.send(new PutSecretValueCommand({ ...put, SecretString: 'other' })),
    ).rejects.toMatchObject({ name: 'ResourceExistsException' });
    const { Versions } = await client.send(
      new ListSecretVersionIdsCommand({ SecretId: 'retried', IncludeDeprecated: true }),
    );
    expect(Versions).toHaveLength(2);
  });

  test('a binary value comes back as it was', async () => {
    const bytes = new Uint8Array([0, 255, 128, 10]);
    await client.send(new CreateSecretCommand({ Name: 'binary', SecretBinary: bytes }));
    const answer = await client.send(new GetSecretValueCommand({ SecretId: 'binary' }));
    expect([...answer.SecretBinary!]).toEqual([...bytes]);
    expect(answer.SecretString).toBeUndefined();
  });
});

describe('the life of a secret', () => {
  test('its name is free again only after the recovery window', async () => {
    await client.send(new CreateSecretCommand({ Name: 'mortal', SecretString: 'x' }));
    const { DeletionDate } = await client.send(
      new DeleteSecretCommand({ SecretId: 'mortal', RecoveryWindowInDays: 7 }),
    );
    expect((DeletionDate!.getTime() - Date.now()) / 86_400_000).toBeCloseTo(7, 1);
    await expect(valueOf('mortal')).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(
      client.send(new CreateSecretCommand({ Name: 'mortal', SecretString: 'y' })),
    ).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message:
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    });
    await client.send(new RestoreSecretCommand({ SecretId: 'mortal' }));
    expect(await valueOf('mortal')).toBe('x');
    await client.send(new DeleteSecretCommand({ SecretId: 'mortal', ForceDeleteWithoutRecovery: true }));
    await expect(valueOf('mortal')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await client.send(new CreateSecretCommand({ Name: 'mortal', SecretString: 'z' }));
  });

  test('it is described, tagged, listed and found by its ARN with and without suffix', async () => {
    const { ARN } = await client.send(
      new CreateSecretCommand({ Name: 'app/key', Description: 'old', Tags: [{ Key: 'team', Value: 'a' }] }),
    );
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:000000000000:secret:app\/key-[A-Za-z0-9]{6}$/);
    await client.send(new UpdateSecretCommand({ SecretId: ARN, Description: 'new', SecretString: 'v' }));
    await client.send(new TagResourceCommand({ SecretId: ARN, Tags: [{ Key: 'owner', Value: 'b' }] }));
    await client.send(new UntagResourceCommand({ SecretId: ARN, TagKeys: ['team'] }));
    const described = await client.send(new DescribeSecretCommand({ SecretId: ARN!.slice(0, -7) }));
    expect(described).toMatchObject({
      Name: 'app/key',
      Description: 'new',
      Tags: [{ Key: 'owner', Value: 'b' }],
      LastChangedDate: expect.any(Date) as Date,
    });
    const { SecretList } = await client.send(
      new ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['app/'] }] }),
    );
    expect(SecretList!.map(({ Name }) => Name)).toEqual(['app/key']);
  });

  test('a list comes in pages', async () => {
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListSecretsCommand({ MaxResults: 2, NextToken }));
      expect(page.SecretList!.length).toBeLessThanOrEqual(2);
      names.push(...page.SecretList!.map(({ Name }) => Name!));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    const { SecretList } = await client.send(new ListSecretsCommand({}));
    expect(names).toEqual(SecretList!.map(({ Name }) => Name));
    expect(names.length).toBeGreaterThan(2);
    await expect(client.send(new ListSecretsCommand({ NextToken: 'made up' }))).rejects.toMatchObject({
      name: 'InvalidNextTokenException',
    });
  });

  test.each([
    ['a name with a space', { Name: 'a b', SecretString: 'x' }, 'ValidationException'],
    ['a value of 65,537 bytes', { Name: 'big', SecretString: 'x'.repeat(65_537) }, 'ValidationException'],
    [
      'two values at once',
      { Name: 'two', SecretString: 'x', SecretBinary: new Uint8Array([1]) },
      'InvalidParameterException',
    ],
  ])('%s is refused, and nothing is made', async (_what, input, name) => {
    await expect(client.send(new CreateSecretCommand(input))).rejects.toMatchObject({ name });
    await expect(client.send(new DescribeSecretCommand({ SecretId: input.Name }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('what ECS injects', () => {
  const role = 'arn:aws:iam::000000000000:role/execution';
  let arn = '';
  beforeAll(async () => {
    here.cloud.roles.put({
      name: 'execution',
      trust: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecs-tasks.amazonaws.com' } },
        ],
      },
    });
    const created = await client.send(
      new CreateSecretCommand({ Name: 'injected', SecretString: '{"user":"a","port":1}' }),
    );
    arn = created.ARN!;
    await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: '{"user":"b","port":2}' }));
  });

  test('the whole value, a member of it, a member of the previous version', () => {
    const { secrets } = here.cloud.world;
    expect(secrets.read(arn, role)).toEqual({ value: '{"user":"b","port":2}' });
    expect(secrets.read(`${arn}:user::`, role)).toEqual({ value: 'b' });
    expect(secrets.read(`${arn}:port:AWSPREVIOUS:`, role)).toEqual({ value: '1' });
  });

  test('the reason of the failure, as the stopped task of ECS has it', () => {
    const { secrets } = here.cloud.world;
    const start = /^ResourceInitializationError: unable to pull secrets or registry auth: /;
    const errorOf = (valueFrom: string, executionRole?: string): string => {
      const result = secrets.read(valueFrom, executionRole);
      return 'error' in result ? result.error : `no error: ${JSON.stringify(result)}`;
    };
    for (const text of [errorOf(`${arn}x`, role), errorOf(`${arn}:nobody::`, role), errorOf(arn)]) {
      expect(text).toMatch(start);
    }
    expect(errorOf(`${arn}x`, role)).toContain('ResourceNotFoundException');
    expect(errorOf(`${arn}:nobody::`, role)).toContain('did not contain json key nobody');
    expect(errorOf(arn, 'arn:aws:iam::000000000000:role/stranger')).toContain('unable to assume the role');
  });
});

test('no value is in the call log', () => {
  const recorded = JSON.stringify(here.cloud.calls.list().map(({ input }) => input));
  expect(recorded).toContain('"SecretString":"***"');
  expect(recorded).not.toContain('"SecretString":"one"');
});
