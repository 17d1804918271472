import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openAuthority } from './authority.ts';

describe('the authority of a rehearsal', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'sluice-authority-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is made once, and its key is its owner’s alone', async () => {
    const first = await openAuthority(directory, undefined);
    const again = await openAuthority(directory, undefined);
    expect(again.certificate).toBe(first.certificate);
    expect(statSync(path.join(directory, 'ca.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(first.file, 'utf8')).toContain(first.certificate);
  });

  it.each([
    ['its key is damaged', () => writeFileSync(path.join(directory, 'ca.key'), 'x'), 0],
    ['it soon ends', () => undefined, 3600 * 86_400_000],
  ])('is made anew where %s', async (_why, damage, laterMs) => {
    const first = await openAuthority(directory, undefined);
    damage();
    const again = await openAuthority(directory, undefined, () => Date.now() + laterMs);
    expect(again.certificate).not.toBe(first.certificate);
  });

  it('trusts beside it what the user trusts', async () => {
    const extra = path.join(directory, 'company.pem');
    const company = await openAuthority(path.join(directory, 'company'), undefined);
    writeFileSync(extra, company.certificate);
    const { bundle, certificate } = await openAuthority(directory, extra);
    const text = readFileSync(bundle, 'utf8');
    expect(text).toContain(company.certificate);
    expect(text).toContain(certificate);
    const without = await openAuthority(directory, path.join(directory, 'nothing.pem'));
    expect(readFileSync(without.bundle, 'utf8').trim()).toBe(certificate.trim());
  });

  it('issues what TLS clients take for 127.0.0.1 and localhost, and for nothing else', async () => {
    const authority = await openAuthority(directory, undefined);
    const ca = authority.certificate;
    const { certificate, privateKey } = await authority.issue();
    const server = createServer({ cert: certificate, key: privateKey }, (_request, response) =>
      response.end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ask = (servername: string, trusted: string | undefined): Promise<string> =>
      new Promise((resolve) => {
        const options = { host: '127.0.0.1', port, agent: false as const, servername };
        request({ ...options, ...(trusted === undefined ? {} : { ca: trusted }) }, (response) => {
          response.resume();
          resolve(`HTTP ${response.statusCode ?? 0}`);
        })
          .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
          .end();
      });
    try {
      expect(await ask('127.0.0.1', ca)).toBe('HTTP 200');
      expect(await ask('localhost', ca)).toBe('HTTP 200');
      expect(await ask('example.org', ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
      expect(await ask('localhost', undefined)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    } finally {
      server.close();
    }
  });

  it('is good for this machine alone', async () => {
    const { certificate } = await openAuthority(directory, undefined);
    const constraint = new X509Certificate(certificate).raw;
    // Critical, and as in RFC 5280: iPAddress 127.0.0.1/32, dNSName localhost.
    expect(constraint.toString('hex')).toContain(
      '551d1e0101ff041d301ba019300a87087f000001ffffffff300b82096c6f63616c686f7374',
    );
  });
});
