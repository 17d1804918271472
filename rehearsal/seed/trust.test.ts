import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openAuthority } from './authority.ts';
import { trustHere } from './trust.ts';

describe('an authority that this process trusts', () => {
  it('is trusted by fetch and by node:https, until it is taken back', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'sluice-trust-'));
    const authority = await openAuthority(directory, undefined);
    const { certificate, privateKey } = await authority.issue();
    const server = createServer({ cert: certificate, key: privateKey }, (_request, response) => {
      response.writeHead(204, { connection: 'close' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const fetched = (): Promise<number | string> =>
      fetch(url).then(
        ({ status }) => status,
        () => 'not trusted',
      );
    const got = (): Promise<number | string> =>
      new Promise((resolve) => {
        get(url, { agent: false }, (response) => resolve(response.resume().statusCode ?? 0)).once(
          'error',
          () => resolve('not trusted'),
        );
      });
    try {
      const takeBack = trustHere(authority.certificate);
      expect([await fetched(), await got()]).toEqual([204, 204]);
      takeBack();
      expect([await fetched(), await got()]).toEqual(['not trusted', 'not trusted']);
    } finally {
      server.close();
      rmSync(directory, { recursive: true });
    }
  });
});
