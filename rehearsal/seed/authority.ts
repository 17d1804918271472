// The library of certificates resolves its parts by decorators, which want this.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as x509 from '@peculiar/x509';

/** The rehearsal's own certificate authority: what a company's would be to a service that is not on the Internet. */
export interface Authority {
  /** Its certificate, as PEM. */
  readonly certificate: string;
  /** The file with it. */
  readonly file: string;
  /** A file with it and with what the user's own NODE_EXTRA_CA_CERTS has. */
  readonly bundle: string;
  /** A new certificate, with its key, for the front doors: 127.0.0.1 and localhost. */
  issue(): Promise<{ readonly certificate: string; readonly privateKey: string }>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
const authorityDays = 3650;
/** What browsers take at most from authorities that are installed by hand is 825 days; public ones have less. */
const serverDays = 90;
/** An authority that has less left is made anew. */
const leastLeftMs = serverDays * dayMs;

/**
 * Whoever trusts this authority trusts it for this machine alone (RFC 5280, 4.2.1.10): somebody who reads its key can
 * play no other site.
 */
const thisMachineAlone = new x509.Extension(
  '2.5.29.30',
  true,
  Buffer.concat([
    // NameConstraints { permittedSubtrees [0] {
    Buffer.from([0x30, 0x1b, 0xa0, 0x19]),
    //   iPAddress [7] 127.0.0.1/255.255.255.255
    Buffer.from([0x30, 0x0a, 0x87, 0x08, 127, 0, 0, 1, 255, 255, 255, 255]),
    //   dNSName [2] localhost
    Buffer.from([0x30, 0x0b, 0x82, 0x09]),
    Buffer.from('localhost'),
  ]),
);

/**
 * Opens the authority of a state directory; makes it where there is none, or where it is no longer good. Files with
 * keys can be read by their owner alone.
 * @param extra the file that NODE_EXTRA_CA_CERTS names already
 */
export async function openAuthority(
  directory: string,
  extra: string | undefined,
  now: () => number = Date.now,
): Promise<Authority> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const [file, bundle] = [path.join(directory, 'ca.pem'), path.join(directory, 'trusted.pem')];
  const keyFile = path.join(directory, 'ca.key');
  const { certificate, key } = (await stored(file, keyFile, now())) ?? (await made(file, keyFile, now()));
  writeFileSync(bundle, `${readText(extra)}${certificate.toString('pem')}\n`);
  return {
    certificate: certificate.toString('pem'),
    file,
    bundle,
    issue: () => issue(certificate, key, now()),
  };
}

interface Kept {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

async function stored(file: string, keyFile: string, now: number): Promise<Kept | undefined> {
  try {
    const certificate = new x509.X509Certificate(readFileSync(file, 'utf8'));
    if (certificate.notAfter.getTime() - now < leastLeftMs) return undefined;
    const [der] = x509.PemConverter.decode(readFileSync(keyFile, 'utf8'));
    if (der === undefined) return undefined;
    const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
    return { certificate, key };
  } catch {
    // Not there, or damaged: it is made anew, and whoever trusted the one before has to trust this one.
    return undefined;
  }
}

async function made(file: string, keyFile: string, now: number): Promise<Kept> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=Sluice rehearsal of this machine',
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + authorityDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      thisMachineAlone,
    ],
  });
  writeFileSync(keyFile, await pemOf(keys.privateKey), { mode: 0o600 });
  writeFileSync(file, `${certificate.toString('pem')}\n`);
  return { certificate, key: keys.privateKey };
}

async function issue(
  authority: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
  now: number,
): Promise<{ certificate: string; privateKey: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=127.0.0.1',
    issuer: authority.subject,
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + serverDays * dayMs),
    signingAlgorithm: algorithm,
    signingKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authority),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: await pemOf(keys.privateKey) };
}

/** Positive, and at most twenty bytes (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** Node only warns where it cannot read the file; so does this leave it out. */
function readText(file: string | undefined): string {
  if (file === undefined || file === '') return '';
  try {
    return `${readFileSync(file, 'utf8').trimEnd()}\n`;
  } catch {
    return '';
  }
}
