import type { SecureContextOptions, SecureVersion } from 'node:tls';
import type { Certificate } from '@aws-sdk/client-elastic-load-balancing-v2';
import { invalidConfiguration, validationError } from './errors.ts';
import { ServiceError } from '../wire/service.ts';
import type { ListenerRecord, ListenerTls } from './model.ts';

/** A certificate of ACM, as PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly chain: string | undefined;
  readonly privateKey: string;
}

/** @returns `undefined` where ACM has none of this ARN */
export type Certificates = (arn: string) => ServerCertificate | undefined;

/** The default of the API, not that of the console (API reference, CreateListener). */
const defaultPolicy = 'ELBSecurityPolicy-2016-08';

/** The versions of TLS of each policy (ELB, "Security policies for your Application Load Balancer"). */
const policies: ReadonlyMap<string, readonly [least: SecureVersion, most: SecureVersion]> = new Map([
  ['ELBSecurityPolicy-2016-08', ['TLSv1', 'TLSv1.2']],
  ['ELBSecurityPolicy-TLS-1-1-2017-01', ['TLSv1.1', 'TLSv1.2']],
  ['ELBSecurityPolicy-TLS-1-2-2017-01', ['TLSv1.2', 'TLSv1.2']],
  ['ELBSecurityPolicy-TLS-1-2-Ext-2018-06', ['TLSv1.2', 'TLSv1.2']],
  ['ELBSecurityPolicy-FS-1-2-Res-2020-10', ['TLSv1.2', 'TLSv1.2']],
  ['ELBSecurityPolicy-TLS13-1-2-2021-06', ['TLSv1.2', 'TLSv1.3']],
  ['ELBSecurityPolicy-TLS13-1-2-Res-2021-06', ['TLSv1.2', 'TLSv1.3']],
  ['ELBSecurityPolicy-TLS13-1-3-2021-06', ['TLSv1.3', 'TLSv1.3']],
]);

export interface WantedTls {
  readonly Protocol?: string | undefined;
  readonly Certificates?: readonly Certificate[] | undefined;
  readonly SslPolicy?: string | undefined;
}

/**
 * What a listener is to speak, after it was made or changed.
 * @param before what it spoke, where it is changed
 * @returns `undefined` for plain HTTP
 * @throws CertificateNotFound, SSLPolicyNotFound, UnsupportedProtocol, ValidationError, InvalidConfigurationRequest
 */
export function tlsOf(
  { Protocol, Certificates: wanted = [], SslPolicy }: WantedTls,
  certificates: Certificates,
  before?: ListenerTls,
): ListenerTls | undefined {
  switch (Protocol ?? (before === undefined ? 'HTTP' : 'HTTPS')) {
    case 'HTTP':
      if (wanted.length > 0)
        throw invalidConfiguration('Certificates cannot be specified for HTTP listeners');
      if (SslPolicy !== undefined) {
        throw invalidConfiguration('An SSL policy cannot be specified for HTTP listeners');
      }
      return undefined;
    case 'HTTPS': {
      if (wanted.length > 1) throw validationError('Only one certificate can be specified as the default');
      const certificateArn = wanted[0]?.CertificateArn ?? before?.certificateArn;
      if (certificateArn === undefined) {
        throw validationError('A certificate must be specified for HTTPS listeners');
      }
      if (certificates(certificateArn) === undefined) {
        throw new ServiceError('CertificateNotFound', `Certificate '${certificateArn}' not found`);
      }
      const sslPolicy = SslPolicy ?? before?.sslPolicy ?? defaultPolicy;
      if (!policies.has(sslPolicy)) {
        throw new ServiceError('SSLPolicyNotFound', `SSL policy '${sslPolicy}' not found`);
      }
      return { certificateArn, sslPolicy };
    }
    default:
      throw new ServiceError(
        'UnsupportedProtocol',
        `Protocol '${Protocol ?? ''}' is not supported by application load balancers`,
      );
  }
}

/** @throws Error where the certificate is no longer there */
export function secureContextOf(
  { certificateArn, sslPolicy }: ListenerTls,
  certificates: Certificates,
): SecureContextOptions {
  const found = certificates(certificateArn);
  if (found === undefined) throw new Error(`There is no certificate ${certificateArn}.`);
  const [minVersion, maxVersion] = policies.get(sslPolicy) ?? ['TLSv1.2', 'TLSv1.3'];
  const { certificate, chain, privateKey } = found;
  return {
    cert: chain === undefined ? certificate : `${certificate.trimEnd()}\n${chain}`,
    key: privateKey,
    minVersion,
    maxVersion,
  };
}

/** The load balancers with a listener that has the certificate. */
export function usersOf(listeners: readonly ListenerRecord[], certificateArn: string): string[] {
  const using = listeners.filter(({ tls }) => tls?.certificateArn === certificateArn);
  return [...new Set(using.map(({ loadBalancerArn }) => loadBalancerArn))];
}
