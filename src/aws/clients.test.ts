import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { fakeRunner } from '../github/runner.fake.ts';
import { connectAws } from './clients.ts';

const names = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;

describe('AWS’s time', () => {
  let server: Server;
  let date = '';
  const before = names.map((name) => [name, process.env[name]] as const);
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.writeHead(200, { date, 'content-type': 'text/xml' });
      response.end(
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult/></GetCallerIdentityResponse>',
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.AWS_ACCESS_KEY_ID = 'key';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  it('is that of the last answer of any client, whatever this machine’s clock says', async () => {
    const { runner } = fakeRunner({ GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '1' });
    const aws = connectAws({ runner, region: 'eu-west-1', role: undefined });
    expect(() => aws.awsTime()).toThrow('not known before its first answer');
    const ask = async (at: string): Promise<string> => {
      date = at;
      await (await aws.sts()).send(new GetCallerIdentityCommand({}));
      return aws.awsTime().toISOString();
    };
    await expect(ask('Tue, 24 Nov 2099 12:00:00 GMT')).resolves.toBe('2099-11-24T12:00:00.000Z');
    await expect(ask('Tue, 24 Nov 2099 12:01:00 GMT')).resolves.toBe('2099-11-24T12:01:00.000Z');
    // An answer whose time cannot be read does not take the last one away.
    await expect(ask('some time')).resolves.toBe('2099-11-24T12:01:00.000Z');
    expect(aws.calls()).toBe(3);
  });
});
