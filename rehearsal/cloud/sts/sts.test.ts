import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import type { PolicyDocument } from '../roles/index.ts';
import { trial, type Trial } from '../trial.ts';

const roleArn = 'arn:aws:iam::000000000000:role/deploy';
const subject = 'repo:owner/repository:environment:development';

let here: Trial;
let client: STSClient;
let issuer: string;
let keyServer: Server;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  keys = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
  keyServer = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/oidc`;
  here = await trial();
  client = new STSClient(here.client);
  here.cloud.trust({ issuer, jwksUri: `${issuer}/jwks`, audiences: ['sts.amazonaws.com'] });
});
afterAll(async () => {
  keyServer.close();
  await here.end();
});

const provider = (): string => issuer.replace('http://', '');

function trust(conditions: Record<string, Record<string, string | string[]>>): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: { Federated: `arn:aws:iam::000000000000:oidc-provider/${provider()}` },
        Condition: conditions,
      },
    ],
  };
}

const exactly = (sub: string): PolicyDocument =>
  trust({ StringEquals: { [`${provider()}:aud`]: 'sts.amazonaws.com', [`${provider()}:sub`]: sub } });

function token(claims: JWTPayload = {}, expires: string | number = '5m'): Promise<string> {
  return new SignJWT({ sub: subject, aud: 'sts.amazonaws.com', iss: issuer, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(keys.privateKey);
}

async function assume(WebIdentityToken: string, input: object = {}) {
  return client.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: 'run-1',
      WebIdentityToken,
      ...input,
    }),
  );
}

describe('a web identity', () => {
  beforeEach(() => here.cloud.roles.put({ name: 'deploy', trust: exactly(subject) }));

  test('becomes a session of the role that trusts it, and the session is known everywhere', async () => {
    const answer = await assume(await token(), { DurationSeconds: 900 });
    expect(answer).toMatchObject({
      AssumedRoleUser: { Arn: 'arn:aws:sts::000000000000:assumed-role/deploy/run-1' },
      SubjectFromWebIdentityToken: subject,
      Provider: issuer,
      Audience: 'sts.amazonaws.com',
    });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials!;
    expect((Expiration!.getTime() - Date.now()) / 1000).toBeCloseTo(900, -1);
    const session = {
      ...here.client,
      credentials: {
        accessKeyId: AccessKeyId!,
        secretAccessKey: SecretAccessKey!,
        sessionToken: SessionToken!,
      },
    };
    expect(await new STSClient(session).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: 'arn:aws:sts::000000000000:assumed-role/deploy/run-1',
      UserId: expect.stringMatching(/^AROA[0-9A-F]{17}:run-1$/) as string,
    });
    await new ECSClient(session).send(new ListClustersCommand({}));
    expect(here.cloud.calls.list().at(-1)).toMatchObject({
      operation: 'ListClusters',
      callerArn: 'arn:aws:sts::000000000000:assumed-role/deploy/run-1',
    });
  });

  test.each([
    ['another subject', () => token({ sub: 'repo:owner/repository:ref:refs/heads/main' }), 'AccessDenied'],
    ['another audience', () => token({ aud: 'elsewhere' }), 'InvalidIdentityToken'],
    ['an issuer that is not trusted', () => token({ iss: 'https://elsewhere' }), 'InvalidIdentityToken'],
    [
      'a token that has expired',
      () => token({}, Math.floor(Date.now() / 1000) - 60),
      'ExpiredTokenException',
    ],
    ['a token that is none', () => Promise.resolve('nonsense'), 'InvalidIdentityToken'],
    [
      'a token that was changed',
      async () => {
        const [head, , signature] = (await token()).split('.');
        const claims = { sub: subject, aud: 'sts.amazonaws.com', iss: issuer, exp: 9_999_999_999 };
        return `${head!}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature!}`;
      },
      'InvalidIdentityToken',
    ],
    [
      'a token that nobody signed',
      () => {
        const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
        const claims = { sub: subject, aud: 'sts.amazonaws.com', iss: issuer, exp: 9_999_999_999 };
        return Promise.resolve(`${part({ alg: 'none' })}.${part(claims)}.`);
      },
      'InvalidIdentityToken',
    ],
  ])('%s is refused', async (_what, make, code) => {
    // On the wire it is InvalidIdentityToken; the SDK's class has "Exception" behind it.
    await expect(assume(await make())).rejects.toMatchObject({
      name: expect.stringMatching(new RegExp(`^${code}(?:Exception)?$`)) as string,
    });
  });

  test.each([
    ['a role that is not there', { RoleArn: 'arn:aws:iam::000000000000:role/nobody' }, 'AccessDenied'],
    ['a role of another account', { RoleArn: 'arn:aws:iam::111111111111:role/deploy' }, 'AccessDenied'],
    ['a role by what is no ARN', { RoleArn: 'nonsense' }, 'ValidationError'],
    ['a user in place of a role', { RoleArn: 'arn:aws:iam::000000000000:user/ada' }, 'ValidationError'],
    ['a session longer than the role allows', { DurationSeconds: 7200 }, 'ValidationError'],
    ['a session shorter than STS allows', { DurationSeconds: 60 }, 'ValidationError'],
    ['a session name with a space', { RoleSessionName: 'a b' }, 'ValidationError'],
  ])('%s is refused', async (_what, input, name) => {
    await expect(assume(await token(), input)).rejects.toMatchObject({ name });
  });

  test('StringLike takes what its pattern says; an operator that is not known takes nothing', async () => {
    const sub = `${provider()}:sub`;
    const aud = { StringEquals: { [`${provider()}:aud`]: 'sts.amazonaws.com' } };
    here.cloud.roles.put({
      name: 'deploy',
      trust: trust({ ...aud, StringLike: { [sub]: 'repo:owner/*:environment:dev*' } }),
    });
    await assume(await token());
    here.cloud.roles.put({
      name: 'deploy',
      trust: trust({ ...aud, StringNotEquals: { [sub]: 'somebody' } }),
    });
    await expect(assume(await token())).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('credentials', () => {
  test('the administrator may assume a role that trusts the account, and no other', async () => {
    const assumeRole = () =>
      client.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'by-hand' }));
    here.cloud.roles.put({ name: 'deploy', trust: exactly(subject) });
    await expect(assumeRole()).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: arn:aws:iam::000000000000:user/rehearsal is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    });
    here.cloud.roles.put({
      name: 'deploy',
      trust: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { AWS: 'arn:aws:iam::000000000000:root' },
          },
        ],
      },
    });
    expect((await assumeRole()).Credentials!.AccessKeyId).toMatch(/^ASIA/);
  });

  test('a key that nobody issued is refused as each protocol words it', async () => {
    const stranger = {
      ...here.client,
      credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'x' },
    };
    await expect(new STSClient(stranger).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
    });
    await expect(new ECSClient(stranger).send(new ListClustersCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });

  test('a role may do what its policy says, where policies are enforced', async () => {
    here.cloud.roles.put({
      name: 'deploy',
      trust: exactly(subject),
      permissions: { Statement: [{ Effect: 'Allow', Action: 'ecs:Describe*', Resource: '*' }] },
    });
    const { Credentials } = await assume(await token());
    const session = {
      ...here.client,
      credentials: {
        accessKeyId: Credentials!.AccessKeyId!,
        secretAccessKey: Credentials!.SecretAccessKey!,
        sessionToken: Credentials!.SessionToken!,
      },
    };
    const list = () => new ECSClient(session).send(new ListClustersCommand({}));
    await list();
    here.cloud.roles.enforced = true;
    await expect(list()).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:sts::000000000000:assumed-role/deploy/run-1 is not authorized to perform: ecs:ListClusters because no identity-based policy allows the ecs:ListClusters action',
    });
    await new STSClient(session).send(new GetCallerIdentityCommand({}));
    here.cloud.roles.enforced = false;
  });
});
