import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyAlgorithm } from '@aws-sdk/client-acm';
import { ServiceError } from '../wire/service.ts';
import type { CertificateRecord } from './store.ts';

/** What ACM is given, as PEM. */
export type Pem = Pick<CertificateRecord, 'certificate' | 'chain' | 'privateKey'>;

/** The names a certificate is for: those of its extension, its subject's before. */
export interface Names {
  readonly domain: string;
  readonly all: readonly string[];
}

/**
 * Checks what is imported as ACM does: one certificate, its own key, a chain that issued it, and today in between.
 * @throws ValidationException
 */
export function checkPem({ certificate, chain, privateKey }: Pem, now: number): void {
  const leaf = parsed(certificate, 'certificate');
  let isOwnKey: boolean;
  try {
    isOwnKey = leaf.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    throw invalid('The private key is not supported.');
  }
  if (!isOwnKey) throw invalid('The private key is not the one that belongs to the certificate.');
  if (now < leaf.validFromDate.getTime()) throw invalid('The certificate is not valid yet.');
  if (now > leaf.validToDate.getTime()) throw invalid('The certificate has expired.');
  if (chain === undefined) return;
  const issuer = parsed(chain, 'certificate chain');
  if (!leaf.checkIssued(issuer)) throw invalid('The certificate chain did not issue the certificate.');
}

function parsed(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid(`The ${what} field contains no certificate, or one that is not valid.`);
  }
}

export function namesOf(certificate: string): Names {
  const { subject, subjectAltName = '' } = new X509Certificate(certificate);
  const common = /^CN=(.+)$/m.exec(subject)?.[1];
  const alternatives = subjectAltName
    .split(', ')
    .flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []);
  const domain = common ?? alternatives[0] ?? '';
  return { domain, all: alternatives.length === 0 ? [domain] : alternatives };
}

/** `RSA_2048`, `EC_prime256v1`, as ACM writes them. */
export function keyAlgorithmOf(certificate: string): KeyAlgorithm {
  const { publicKey } = new X509Certificate(certificate);
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  return (
    publicKey.asymmetricKeyType === 'ec' ? `EC_${namedCurve ?? ''}` : `RSA_${modulusLength ?? ''}`
  ) as KeyAlgorithm;
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
