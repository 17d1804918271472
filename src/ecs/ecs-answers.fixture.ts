import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { ECSClient } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';

export interface Asked {
  readonly operation: string;
  readonly input: unknown;
}

/** What one call is answered with. */
export type Answer =
  | { readonly kind: 'output'; readonly output: object }
  | { readonly kind: 'error'; readonly status: number; readonly name: string; readonly message: string };

/** ECS on loopback, whose answers a test chooses; the SDK's client is the real one. For tests alone. */
export interface EcsAnswers {
  readonly aws: Aws;
  readonly asked: Asked[];
  respond: (call: Asked) => Answer;
  end(): void;
}

export const output = (answer: object): Answer => ({ kind: 'output', output: answer });
export const refusal = (status: number, name: string, message = 'no'): Answer => ({
  kind: 'error',
  status,
  name,
  message,
});

export async function startEcs(): Promise<EcsAnswers> {
  const asked: Asked[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const call = { operation, input: await json(request) };
    asked.push(call);
    const answer = answers.respond(call);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (answer.kind === 'output') response.end(JSON.stringify(answer.output));
    else
      response.writeHead(answer.status).end(JSON.stringify({ __type: answer.name, message: answer.message }));
  };
  const server: Server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ecs = new ECSClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  const answers: EcsAnswers = {
    aws: { ecs: () => Promise.resolve(ecs), ecsOnce: () => Promise.resolve(ecs) } as unknown as Aws,
    asked,
    respond: ({ operation }) => refusal(400, 'InvalidAction', `The test has no answer to ${operation}.`),
    end: () => {
      ecs.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
  return answers;
}
