import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { pack } from 'tar-stream';
import { startCloud } from './index.ts';
import { trial, type Trial } from './trial.ts';

/** A task says what it was given, and ends with 7. */
const program = `console.log(process.env.GREETING + ' ' + process.env.SECRET_KEY); process.exit(7);`;

test('an image that was pushed runs as a task, with its secret, into its log', async () => {
  const here = await trial();
  try {
    const executionRoleArn = 'arn:aws:iam::000000000000:role/execution';
    here.cloud.roles.put({
      name: 'execution',
      trust: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecs-tasks.amazonaws.com' } },
        ],
      },
    });
    const image = await push(here, 'app');
    const secret = await new SecretsManagerClient(here.client).send(
      new CreateSecretCommand({ Name: 'key', SecretString: '{"value":"s3cret"}' }),
    );
    const logs = new CloudWatchLogsClient(here.client);
    await logs.send(new CreateLogGroupCommand({ logGroupName: '/app' }));

    const ecs = new ECSClient(here.client);
    await ecs.send(new CreateClusterCommand({ clusterName: 'default' }));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'app',
        executionRoleArn,
        containerDefinitions: [
          {
            name: 'main',
            image,
            memory: 64,
            essential: true,
            environment: [{ name: 'GREETING', value: 'hello' }],
            secrets: [{ name: 'SECRET_KEY', valueFrom: `${secret.ARN!}:value::` }],
            logConfiguration: {
              logDriver: 'awslogs',
              options: {
                'awslogs-group': '/app',
                'awslogs-region': 'eu-west-1',
                'awslogs-stream-prefix': 'run',
              },
            },
          },
        ],
      }),
    );
    const started = await ecs.send(new RunTaskCommand({ taskDefinition: 'app' }));
    const tasks = started.tasks!.map(({ taskArn }) => taskArn!);
    await waitUntilTasksStopped({ client: ecs, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.2 }, { tasks });

    const { tasks: stopped } = await ecs.send(new DescribeTasksCommand({ tasks }));
    expect(stopped).toMatchObject([
      {
        stopCode: 'EssentialContainerExited',
        containers: [{ name: 'main', exitCode: 7, imageDigest: image.split('@')[1] }],
      },
    ]);
    const logStreamName = `run/main/${tasks[0]!.split('/').at(-1)!}`;
    const { events } = await logs.send(new GetLogEventsCommand({ logGroupName: '/app', logStreamName }));
    expect(events!.map(({ message }) => message)).toEqual(['hello s3cret']);
    expect(here.messages).toEqual([]);
  } finally {
    await here.end();
  }
}, 60_000);

test('a taken port is said with what wanted it, and the other one is free again', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const here = await trial();
  const { stateDirectory } = here;
  await here.cloud.stop();
  const registryPort = Number(here.cloud.registryHost.split(':')[1]);
  await expect(startCloud({ stateDirectory, port, registryPort, driver: 'process' })).rejects.toThrow(
    `Port ${port} of 127.0.0.1, wanted by the cloud's API, is taken. Choose another one, or 0 for any.`,
  );
  const again = await startCloud({ stateDirectory, registryPort, driver: 'process' });
  expect(again.registryHost).toBe(`127.0.0.1:${registryPort}`);
  await again.stop();
  taken.close();
  rmSync(stateDirectory, { recursive: true, force: true });
});

/** Pushes an image of one file as any client does. @returns its reference, by digest */
async function push({ cloud, client }: Trial, repositoryName: string): Promise<string> {
  const ecr = new ECRClient(client);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const authorization = `Basic ${authorizationData![0]!.authorizationToken!}`;
  const put = async (path: string, body: Buffer, type: string): Promise<void> => {
    const headers = { authorization, 'content-type': type };
    const response = await fetch(new URL(path, `http://${cloud.registryHost}`), {
      method: 'PUT',
      body,
      headers,
    });
    expect(response.status).toBe(201);
  };
  const blob = async (content: Buffer, mediaType: string): Promise<object> => {
    const begun = await fetch(`http://${cloud.registryHost}/v2/${repositoryName}/blobs/uploads/`, {
      method: 'POST',
      headers: { authorization },
    });
    const digest = digestOf(content);
    await put(`${begun.headers.get('location')!}?digest=${digest}`, content, 'application/octet-stream');
    return { mediaType, digest, size: content.length };
  };

  const layer = await tarOf('app/main.js', program);
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      config: { WorkingDir: '/app', Entrypoint: ['node', 'main.js'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: await blob(config, 'application/vnd.oci.image.config.v1+json'),
      layers: [await blob(layer, 'application/vnd.oci.image.layer.v1.tar')],
    }),
  );
  const digest = digestOf(manifest);
  await put(`/v2/${repositoryName}/manifests/${digest}`, manifest, type);
  return `${cloud.registryHost}/${repositoryName}@${digest}`;
}

async function tarOf(name: string, content: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name }, content);
  archive.finalize();
  return buffer(archive);
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
