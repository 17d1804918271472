import { ImportCertificateCommand, ListCertificatesCommand, type ACMClient } from '@aws-sdk/client-acm';
import type { Authority } from './authority.ts';

/**
 * Imports a certificate for the front doors of this machine, as one of a company's own authority is imported on AWS.
 * That of an earlier start is replaced, so that listeners keep the ARN.
 * @returns its ARN
 */
export async function provisionCertificate(acm: ACMClient, authority: Authority): Promise<string> {
  const { CertificateSummaryList = [] } = await acm.send(new ListCertificatesCommand({}));
  const existing = CertificateSummaryList.find(({ DomainName }) => DomainName === '127.0.0.1');
  const { certificate, privateKey } = await authority.issue();
  const { CertificateArn = '' } = await acm.send(
    new ImportCertificateCommand({
      ...(existing?.CertificateArn === undefined ? {} : { CertificateArn: existing.CertificateArn }),
      Certificate: Buffer.from(certificate),
      PrivateKey: Buffer.from(privateKey),
      CertificateChain: Buffer.from(authority.certificate),
    }),
  );
  return CertificateArn;
}
