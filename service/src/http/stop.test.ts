import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { fastify } from 'fastify';
import { stopInOrder } from './stop.ts';

describe('stopping', () => {
  it('cuts what is not finished in time', async () => {
    const app = fastify();
    const begun = Promise.withResolvers<undefined>();
    app.get('/never', () => {
      begun.resolve(undefined);
      return new Promise(() => {});
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const closed = once(client, 'close');
    await begun.promise;
    expect(await stopInOrder(app, { withinMs: 20 })).toBe(false);
    await closed;
  });

  it('closes a connection whose answer had begun as soon as it is whole', async () => {
    const app = fastify({ keepAliveTimeout: 60_000 });
    const finish = Promise.withResolvers<string>();
    app.get('/slow', (_request, reply) =>
      reply.send(
        Readable.from(
          (async function* answer() {
            yield 'begun, ';
            yield await finish.promise;
          })(),
        ),
      ),
    );
    await app.listen({ host: '127.0.0.1', port: 0 });
    const client = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
    client.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const closed = once(client, 'close');
    let received = String((await once(client, 'data'))[0]);
    client.on('data', (part: string) => (received += part));
    const stopped = stopInOrder(app, { withinMs: 30_000 });
    finish.resolve('done');
    expect(await stopped).toBe(true);
    await closed;
    expect(received).toMatch(/^HTTP\/1\.1 200 OK[^]*Connection: keep-alive[^]*begun, [^]*done/i);
  });
});
