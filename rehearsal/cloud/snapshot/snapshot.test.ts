import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { trial } from '../trial.ts';

let stateDirectory: string;
beforeEach(() => {
  stateDirectory = mkdtempSync(path.join(tmpdir(), 'sluice-snapshot-'));
});
afterEach(() => rmSync(stateDirectory, { recursive: true, force: true }));

test('what was there is there again after a restart', async () => {
  const before = await trial({ stateDirectory });
  before.cloud.roles.put({ name: 'deploy', trust: { Statement: [] } });
  const ecr = new ECRClient(before.client);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const secrets = new SecretsManagerClient(before.client);
  await secrets.send(new CreateSecretCommand({ Name: 'key', SecretString: 'kept' }));
  const logs = new CloudWatchLogsClient(before.client);
  const stream = { logGroupName: '/app', logStreamName: 's' };
  await logs.send(new CreateLogGroupCommand(stream));
  await logs.send(new CreateLogStreamCommand(stream));
  const logEvents = [{ timestamp: Date.now(), message: 'kept too' }];
  await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
  await before.cloud.stop();

  const after = await trial({ stateDirectory });
  expect(after.messages).toEqual([]);
  expect(after.cloud.roles.list().map(({ name }) => name)).toEqual(['deploy']);
  const { repositories } = await new ECRClient(after.client).send(new DescribeRepositoriesCommand({}));
  expect(repositories!.map(({ repositoryUri }) => repositoryUri)).toEqual([
    `${after.cloud.registryHost}/app`,
  ]);
  const registry = await fetch(`http://${after.cloud.registryHost}/v2/app/tags/list`, {
    headers: { authorization: `Basic ${authorizationData![0]!.authorizationToken!}` },
  });
  expect(registry.status).toBe(200);
  const value = await new SecretsManagerClient(after.client).send(
    new GetSecretValueCommand({ SecretId: 'key' }),
  );
  expect(value.SecretString).toBe('kept');
  const { events } = await new CloudWatchLogsClient(after.client).send(new GetLogEventsCommand(stream));
  expect(events!.map(({ message }) => message)).toEqual(['kept too']);
  await after.cloud.stop();
});

test.each([
  ['is not JSON', '{"version":2,"parts":{"roles"'],
  ['is not a snapshot', 'null'],
  ['is of another version', '{"version":1,"parts":{}}'],
  ['has a part that does not fit', '{"version":2,"parts":{"roles":{"enforced":true,"roles":7}}}'],
])('a file that %s is set aside, and the cloud starts empty', async (_what, content) => {
  writeFileSync(path.join(stateDirectory, 'cloud.json'), content);
  const here = await trial({ stateDirectory });
  expect(here.messages).toEqual([
    expect.stringMatching(/^The cloud's state could not be read: .* starts empty\.$/),
  ]);
  expect(here.cloud.roles.save()).toEqual({ enforced: false, roles: [] });
  await here.cloud.stop();
  const aside = readdirSync(stateDirectory).find((name) => name.endsWith('.unreadable'))!;
  expect(readFileSync(path.join(stateDirectory, aside), 'utf8')).toBe(content);
});

test('blobs that nothing names, and uploads that were left, are gone after a restart', async () => {
  const blobs = path.join(stateDirectory, 'registry', 'blobs');
  const uploads = path.join(stateDirectory, 'registry', 'uploads');
  for (const directory of [blobs, uploads]) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, 'left'), 'x');
  }
  const here = await trial({ stateDirectory });
  expect([readdirSync(blobs), readdirSync(uploads)]).toEqual([[], []]);
  await here.cloud.stop();
});

test('a state that cannot be written is said, and the cloud goes on', async () => {
  const here = await trial({ stateDirectory });
  mkdirSync(path.join(stateDirectory, 'cloud.json', 'in-the-way'), { recursive: true });
  await here.cloud.stop();
  expect(here.messages).toEqual([
    expect.stringMatching(/^The cloud's state could not be written to .*cloud\.json: /),
  ]);
});
