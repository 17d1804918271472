import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { ECSClient } from '@aws-sdk/client-ecs';
import type { Aws } from '../../aws/index.ts';
import { environmentOf, release } from '../environment.fixture.ts';
import { buildTaskDefinition, type TaskDefinition } from './build.ts';
import { registerTaskDefinition } from './registered.ts';

interface Asked {
  readonly operation: string;
  readonly input: unknown;
}

describe('registering a task definition', () => {
  const asked: Asked[] = [];
  let respond: (call: Asked, response: ServerResponse) => void;
  let server: Server;
  let aws: Aws;
  let ecs: ECSClient;

  beforeAll(async () => {
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      const call = { operation, input: await json(request) };
      asked.push(call);
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      respond(call, response);
    };
    server = createServer((request, response) => void serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ecs = new ECSClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    aws = { ecs: () => Promise.resolve(ecs), ecsOnce: () => Promise.resolve(ecs) } as unknown as Aws;
  });
  afterAll(() => {
    ecs.destroy();
    server.close();
  });
  beforeEach(() => {
    asked.length = 0;
  });

  const definition = buildTaskDefinition(environmentOf(), release, {});
  const register = (what: TaskDefinition) =>
    registerTaskDefinition(aws, what, { random: () => 1, signal: new AbortController().signal });
  const answer = (response: ServerResponse, body: object): void => void response.end(JSON.stringify(body));
  const refuse = (response: ServerResponse, status: number, name: string): void =>
    void response.writeHead(status).end(JSON.stringify({ __type: name, message: 'no' }));

  it('sends it as it is written, fields that the SDK does not know included', async () => {
    respond = (_call, response) => answer(response, { taskDefinition: { taskDefinitionArn: 'arn:td:1' } });
    const own = {
      family: 'shop',
      futureField: { kept: ['yes', ''] },
      containerDefinitions: [{ name: 'shop', image: 'x', command: [], futureField: 0 }],
    } as unknown as TaskDefinition;
    expect((await register(own)).taskDefinitionArn).toBe('arn:td:1');
    expect(asked).toEqual([{ operation: 'RegisterTaskDefinition', input: own }]);
  });

  it('given it was applied and not confirmed, it finds what was registered, and does not register it again', async () => {
    respond = ({ operation }, response) => {
      if (operation === 'RegisterTaskDefinition') refuse(response, 500, 'ServerException');
      else answer(response, { taskDefinition: { ...definition, taskDefinitionArn: 'arn:td:1' } });
    };
    expect((await register(definition)).taskDefinitionArn).toBe('arn:td:1');
    expect(asked.map(({ operation }) => operation)).toEqual([
      'RegisterTaskDefinition',
      'DescribeTaskDefinition',
    ]);
  });

  it('given it was not applied, it sends it again', async () => {
    respond = ({ operation }, response) => {
      if (operation === 'DescribeTaskDefinition') refuse(response, 400, 'ClientException');
      else if (asked.length === 1) refuse(response, 503, 'ServiceUnavailable');
      else answer(response, { taskDefinition: { taskDefinitionArn: 'arn:td:1' } });
    };
    expect((await register(definition)).taskDefinitionArn).toBe('arn:td:1');
    expect(asked.map(({ operation }) => operation)).toEqual([
      'RegisterTaskDefinition',
      'DescribeTaskDefinition',
      'RegisterTaskDefinition',
    ]);
  });

  it('given the newest revision is somebody else’s, it is not taken for ours', async () => {
    respond = ({ operation }, response) => {
      if (operation === 'DescribeTaskDefinition') {
        answer(response, {
          taskDefinition: { taskDefinitionArn: 'arn:td:theirs', containerDefinitions: [{ name: 'shop' }] },
        });
      } else if (asked.length === 1) refuse(response, 500, 'ServerException');
      else answer(response, { taskDefinition: { taskDefinitionArn: 'arn:td:2' } });
    };
    expect((await register(definition)).taskDefinitionArn).toBe('arn:td:2');
  });

  it('given ECS refuses it, it is not sent again', async () => {
    respond = (_call, response) => refuse(response, 400, 'ClientException');
    await expect(register(definition)).rejects.toMatchObject({ name: 'ClientException' });
    expect(asked).toHaveLength(1);
  });
});
