import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { AssumeRole$, GetCallerIdentity$, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { adminCredentials } from '../credentials.ts';
import { trial, type Trial } from '../trial.ts';
import { pageOf } from './page.ts';
import { readQuery } from './query.ts';
import { ServiceError } from './service.ts';
import { sign } from './testing/sign.ts';

let here: Trial;
beforeAll(async () => {
  here = await trial();
});
afterAll(() => here.end());

async function post(target: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(here.cloud.url, {
    method: 'POST',
    body,
    headers: { ...sign(here.cloud.url, { 'x-amz-target': target }, body), ...headers },
  });
  const answer = (await response.json()) as { __type?: string; message?: string };
  return { status: response.status, headers: response.headers, ...answer };
}

const ecr = (operation: string): string => `AmazonEC2ContainerRegistry_V20150921.${operation}`;

describe('a request by hand', () => {
  test('is answered as the service answers it', async () => {
    const answer = await post(ecr('DescribeRepositories'), '{}');
    expect(answer).toMatchObject({ status: 200, repositories: [] });
    expect(answer.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ['that is not JSON', ecr('DescribeRepositories'), '{', 'SerializationException'],
    ['with a list for a string', ecr('CreateRepository'), '{"repositoryName":[]}', 'SerializationException'],
    [
      'with a string for a list',
      ecr('DescribeRepositories'),
      '{"repositoryNames":"a"}',
      'SerializationException',
    ],
    ['without a required member', ecr('CreateRepository'), '{}', 'InvalidParameterException'],
    [
      'with null for a required member',
      ecr('CreateRepository'),
      '{"repositoryName":null}',
      'InvalidParameterException',
    ],
    [
      'for an operation that ECR has and the rehearsal has not',
      ecr('StartImageScan'),
      '{}',
      'UnknownOperationException',
    ],
    [
      'for an operation that is a property of every object',
      ecr('constructor'),
      '{}',
      'UnknownOperationException',
    ],
    ['for a service that is not there', 'DynamoDB_20120810.ListTables', '{}', 'UnknownOperationException'],
  ])('%s is refused', async (_what, target, body, type) => {
    expect(await post(target, body)).toMatchObject({ status: 400, __type: type });
  });

  test('what is not there is named in the log', async () => {
    await post(ecr('StartImageScan'), '{}');
    await post('DynamoDB_20120810.ListTables', '{}');
    expect(here.messages).toEqual(
      expect.arrayContaining([
        'ecr.StartImageScan is not part of the rehearsal.',
        'The rehearsal has no service for DynamoDB_20120810.ListTables.',
      ]),
    );
  });

  test('members that the operation does not have are passed over, as on AWS', async () => {
    expect(await post(ecr('DescribeRepositories'), '{"nonsense":{"a":[1]}}')).toMatchObject({ status: 200 });
  });

  test('under a foreign name of this machine is refused', async () => {
    const { port } = new URL(here.cloud.url);
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', port, method: 'POST', headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  test('of more than 16 MiB is refused, and the cloud goes on', async () => {
    const response = await fetch(here.cloud.url, {
      method: 'POST',
      body: 'x'.repeat(17 * 1024 * 1024),
      headers: { 'x-amz-target': ecr('DescribeRepositories') },
    });
    expect(response.status).toBe(413);
    expect(await post(ecr('DescribeRepositories'), '{}')).toMatchObject({ status: 200 });
  });
});

test("the SDK's clients agree on who they are and where", async () => {
  const identity = await new STSClient(here.client).send(new GetCallerIdentityCommand({}));
  expect(identity).toMatchObject({
    Account: '000000000000',
    Arn: 'arn:aws:iam::000000000000:user/rehearsal',
    UserId: adminCredentials.accessKeyId,
  });
  await new CloudWatchLogsClient(here.client).send(new DescribeLogGroupsCommand({}));
  await new ECRClient(here.client).send(new DescribeRepositoriesCommand({}));
});

describe('a form body', () => {
  test('is nested again as its operation has it', () => {
    const body = new URLSearchParams({
      Action: 'AssumeRole',
      RoleArn: 'arn',
      RoleSessionName: 'a b',
      DurationSeconds: '900',
      'Tags.member.1.Key': 'one',
      'Tags.member.1.Value': '1',
      'Tags.member.2.Key': 'two',
      'Tags.member.2.Value': '2',
      'TransitiveTagKeys.member.1': 'one',
    });
    expect(readQuery(AssumeRole$[4] as never, body.toString())).toEqual({
      RoleArn: 'arn',
      RoleSessionName: 'a b',
      DurationSeconds: 900,
      Tags: [
        { Key: 'one', Value: '1' },
        { Key: 'two', Value: '2' },
      ],
      TransitiveTagKeys: ['one'],
    });
    expect(readQuery(GetCallerIdentity$[4] as never, 'Action=GetCallerIdentity')).toEqual({});
  });
});

describe('pages', () => {
  const invalid = (): ServiceError => new ServiceError('InvalidTokenException', 'no');

  test('cover a list exactly once, whatever their size', () => {
    const items = Array.from({ length: 7 }, (_, index) => index);
    for (const limit of [1, 2, 3, 7, 8]) {
      const seen: number[] = [];
      let token: string | undefined;
      do {
        const page = pageOf(items, limit, token, invalid);
        seen.push(...page.items);
        token = page.token.nextToken;
      } while (token !== undefined);
      expect(seen).toEqual(items);
    }
  });

  test.each(['', 'x', '-1', Buffer.from('at:-1').toString('base64url')])(
    'a token "%s" is refused',
    (token) => {
      expect(() => pageOf([1], 1, token, invalid)).toThrow('no');
    },
  );
});
