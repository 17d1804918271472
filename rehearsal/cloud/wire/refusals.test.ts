import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { adminCredentials, Credentials } from '../credentials.ts';
import { scaledClock } from '../clock.ts';
import { trial, type Trial } from '../trial.ts';
import { CommonError, inQueryForm } from './common-error.ts';
import { sign, type Signer } from './testing/sign.ts';

let here: Trial;
beforeAll(async () => {
  here = await trial();
});
afterAll(() => here.end());

/** What JSON and query services answer to the same caller, as `status name: message`. */
async function answers(signer: Signer | Record<string, string>): Promise<{ json: string; query: string }> {
  const [json, query] = await Promise.all(
    (
      [
        ['{}', { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters' }],
        ['Action=GetCallerIdentity&Version=2011-06-15', {}],
      ] as const
    ).map(async ([body, headers]) => {
      const response = await fetch(here.cloud.url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'text/plain',
          ...('authorization' in signer
            ? { ...headers, ...(signer.authorization === '' ? {} : signer) }
            : sign(here.cloud.url, headers, body, signer)),
        },
      });
      return { status: response.status, text: await response.text() };
    }),
  );
  const { __type, message } = JSON.parse(json!.text) as Record<string, string>;
  const { code, text = '' } =
    /<Code>(?<code>\w+)<\/Code><Message>(?<text>.*)<\/Message>/.exec(query!.text)?.groups ?? {};
  expect(text.replaceAll('&#39;', "'")).toBe(message ?? '');
  return {
    json: `${json!.status} ${__type}: ${message}`,
    query: `${query!.status} ${code}`,
  };
}

describe('a request is refused as AWS refuses it', () => {
  test.each([
    [
      'without a signature',
      { authorization: '' },
      /^400 MissingAuthenticationTokenException: Missing Authentication Token$/,
      '403 MissingAuthenticationToken',
    ],
    [
      'with another signature than version 4',
      { authorization: 'Basic QVdTOg==' },
      /^400 IncompleteSignatureException: Authorization header requires 'Credential' parameter\. /,
      '400 IncompleteSignature',
    ],
    [
      'with a key that nobody has',
      { accessKeyId: 'AKIANOBODY' },
      /^400 UnrecognizedClientException: The security token included in the request is invalid\.$/,
      '403 InvalidClientTokenId',
    ],
    [
      'with another secret',
      { secretAccessKey: 'guessed' },
      /^400 InvalidSignatureException: The request signature we calculated does not match/,
      '403 SignatureDoesNotMatch',
    ],
    [
      'by a clock that is six minutes slow',
      { at: new Date(Date.now() - 360_000) },
      /^400 InvalidSignatureException: Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
      '403 SignatureDoesNotMatch',
    ],
    [
      'by a clock that is six minutes fast',
      { at: new Date(Date.now() + 360_000) },
      /^400 InvalidSignatureException: Signature not yet current: /,
      '403 SignatureDoesNotMatch',
    ],
  ])('%s', async (_what, signer, json, query) => {
    expect(await answers(signer)).toEqual({ json: expect.stringMatching(json) as string, query });
  });

  test('where the body is another than the signed one', async () => {
    const headers = { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters' };
    const response = await fetch(here.cloud.url, {
      method: 'POST',
      body: '{"maxResults":1}',
      headers: sign(here.cloud.url, headers, '{}'),
    });
    expect(await response.json()).toMatchObject({ __type: 'InvalidSignatureException' });
  });

  test("with a session's keys, but not its token, and after its end", async () => {
    here.cloud.roles.put({
      name: 'brief',
      trust: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::000000000000:root' } },
        ],
      },
    });
    const role = { RoleArn: 'arn:aws:iam::000000000000:role/brief', RoleSessionName: 'brief' };
    const { Credentials: keys } = await new STSClient(here.client).send(new AssumeRoleCommand(role));
    const signer = { accessKeyId: keys!.AccessKeyId!, secretAccessKey: keys!.SecretAccessKey! };
    expect(await answers(signer)).toMatchObject({ query: '403 InvalidClientTokenId' });
    const session = { ...signer, sessionToken: keys!.SessionToken! };
    const identity = { ...here.client, credentials: session };
    await expect(new STSClient(identity).send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Arn: 'arn:aws:sts::000000000000:assumed-role/brief/brief',
    });
  });

  test("with a session's keys after its end", () => {
    let now = new Date();
    const credentials = new Credentials('000000000000', () => now);
    const { accessKeyId, sessionToken } = credentials.issue('brief', 'brief', 900);
    now = new Date(now.getTime() + 900_000);
    const message = 'The security token included in the request is expired';
    expect(() => credentials.identify(accessKeyId, sessionToken)).toThrow(
      new CommonError('ExpiredTokenException', message),
    );
    expect(inQueryForm(new CommonError('ExpiredTokenException', message))).toMatchObject({
      name: 'ExpiredToken',
      statusCode: 403,
    });
  });
});

describe('throttling has the name that the service gives it', () => {
  beforeAll(() => {
    here.cloud.faults.add({ service: '*', operation: '*', effect: { kind: 'throttle' } });
  });
  afterAll(() => here.cloud.faults.clear());

  test.each([
    ['JSON', () => new ECSClient(here.client).send(new ListClustersCommand({})), 'ThrottlingException'],
    ['query', () => new STSClient(here.client).send(new GetCallerIdentityCommand({})), 'Throttling'],
    [
      'query, of load balancers',
      () => new ElasticLoadBalancingV2Client(here.client).send(new DescribeLoadBalancersCommand({})),
      'Throttling',
    ],
    [
      'what was query once',
      () => new CloudWatchClient(here.client).send(new ListMetricsCommand({})),
      'Throttling',
    ],
  ])('%s', async (_protocol, ask, name) => {
    await expect(ask()).rejects.toMatchObject({
      name,
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('and its signature is checked before', async () => {
    await expect(
      new ECSClient({
        ...here.client,
        credentials: { ...adminCredentials, secretAccessKey: 'guessed' },
      }).send(new ListClustersCommand({})),
    ).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  });
});

test('where time passes faster, a clock is right by the machine and by what answers are dated', async () => {
  let ahead = 0;
  const real = scaledClock();
  const fast = await trial({
    clock: { ...real, now: () => new Date(Date.now() + ahead) },
  });
  try {
    const clients = new ECSClient(fast.client);
    for (const minutes of [0, 60, 61, 600]) {
      ahead = minutes * 60_000;
      await clients.send(new ListClustersCommand({}));
      await new ECSClient(fast.client).send(new ListClustersCommand({}));
    }
  } finally {
    await fast.end();
  }
});
