import { randomUUID, X509Certificate } from 'node:crypto';
import * as sdk from '@aws-sdk/client-acm';
import { pageOf } from '../wire/page.ts';
import { ServiceError, type Call, type Service } from '../wire/service.ts';
import { asTags, byKey } from '../wire/tags.ts';
import { checkPem, keyAlgorithmOf, namesOf } from './read.ts';
import { CertificateStore, type CertificateRecord } from './store.ts';

export type { CertificateRecord } from './store.ts';

export interface CertificateManager extends Service {
  readonly store: CertificateStore;
}

export interface CertificateManagerOptions {
  readonly now: () => number;
  /** The ARNs of what uses a certificate: load balancers. */
  readonly usedBy: (certificateArn: string) => readonly string[];
  /** A certificate has another content now. */
  readonly replaced: (certificateArn: string) => void;
}

/** Certificate Manager: imported certificates alone. It issues none, as nobody could validate a domain here. */
export function createCertificateManager(options: CertificateManagerOptions): CertificateManager {
  const store = new CertificateStore();
  return {
    id: 'acm',
    protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'CertificateManager' },
    schemas: {
      AddTagsToCertificate: sdk.AddTagsToCertificate$,
      DeleteCertificate: sdk.DeleteCertificate$,
      DescribeCertificate: sdk.DescribeCertificate$,
      GetCertificate: sdk.GetCertificate$,
      ImportCertificate: sdk.ImportCertificate$,
      ListCertificates: sdk.ListCertificates$,
      ListTagsForCertificate: sdk.ListTagsForCertificate$,
      RemoveTagsFromCertificate: sdk.RemoveTagsFromCertificate$,
    },
    operations: { ...certificateOperations(store, options), ...tagOperations(store) },
    store,
  };
}

function certificateOperations(
  store: CertificateStore,
  { now, usedBy, replaced }: CertificateManagerOptions,
) {
  return {
    ImportCertificate: (input: sdk.ImportCertificateRequest, call: Call): sdk.ImportCertificateResponse => {
      const { CertificateArn, CertificateChain, Tags = [] } = input;
      const pem = {
        certificate: textOf(input.Certificate),
        privateKey: textOf(input.PrivateKey),
        chain: CertificateChain === undefined ? undefined : textOf(CertificateChain),
      };
      checkPem(pem, now());
      if (CertificateArn === undefined) {
        const arn = `arn:aws:acm:${call.region}:${call.accountId}:certificate/${randomUUID()}`;
        const time = now();
        store.put({ arn, ...pem, createdAt: time, importedAt: time, tags: byKey(Tags) });
        return { CertificateArn: arn };
      }
      if (Tags.length > 0) {
        throw new ServiceError('ValidationException', 'Tagging is not permitted on re-import.');
      }
      Object.assign(certificateOf(store, CertificateArn), pem, { importedAt: now() });
      replaced(CertificateArn);
      return { CertificateArn };
    },

    DescribeCertificate: ({
      CertificateArn,
    }: sdk.DescribeCertificateRequest): sdk.DescribeCertificateResponse => {
      const record = certificateOf(store, CertificateArn);
      const { domain, all } = namesOf(record.certificate);
      const x509 = new X509Certificate(record.certificate);
      return {
        Certificate: {
          CertificateArn: record.arn,
          DomainName: domain,
          SubjectAlternativeNames: [...all],
          Serial: x509.serialNumber.toLowerCase().replaceAll(/(..)(?=.)/g, '$1:'),
          Subject: x509.subject.replaceAll('\n', ', '),
          Issuer: x509.issuer.replaceAll('\n', ', '),
          CreatedAt: new Date(record.createdAt),
          ImportedAt: new Date(record.importedAt),
          Status: statusOf(x509, now()),
          NotBefore: new Date(x509.validFrom),
          NotAfter: new Date(x509.validTo),
          KeyAlgorithm: keyAlgorithmOf(record.certificate),
          InUseBy: [...usedBy(record.arn)],
          Type: 'IMPORTED',
          RenewalEligibility: 'INELIGIBLE',
        },
      };
    },

    GetCertificate: ({ CertificateArn }: sdk.GetCertificateRequest): sdk.GetCertificateResponse => {
      const { certificate, chain } = certificateOf(store, CertificateArn);
      return { Certificate: certificate, CertificateChain: chain };
    },

    ListCertificates: (input: sdk.ListCertificatesRequest): sdk.ListCertificatesResponse => {
      const { CertificateStatuses: statuses, MaxItems = 1000, NextToken } = input;
      const found = store.list().map((record) => {
        const x509 = new X509Certificate(record.certificate);
        return { record, x509, status: statusOf(x509, now()) };
      });
      const wanted = found.filter(({ status }) => statuses === undefined || statuses.includes(status));
      const { items, token } = pageOf(
        wanted,
        MaxItems,
        NextToken,
        () => new ServiceError('ValidationException', 'The next token is not valid.'),
      );
      return {
        ...(token.nextToken === undefined ? {} : { NextToken: token.nextToken }),
        CertificateSummaryList: items.map(({ record, x509, status }): sdk.CertificateSummary => {
          const { domain, all } = namesOf(record.certificate);
          return {
            CertificateArn: record.arn,
            DomainName: domain,
            SubjectAlternativeNameSummaries: [...all],
            HasAdditionalSubjectAlternativeNames: false,
            Status: status,
            Type: 'IMPORTED',
            KeyAlgorithm: keyAlgorithmOf(record.certificate),
            InUse: usedBy(record.arn).length > 0,
            RenewalEligibility: 'INELIGIBLE',
            NotBefore: new Date(x509.validFrom),
            NotAfter: new Date(x509.validTo),
            CreatedAt: new Date(record.createdAt),
            ImportedAt: new Date(record.importedAt),
          };
        }),
      };
    },

    DeleteCertificate: ({ CertificateArn }: sdk.DeleteCertificateRequest): object => {
      const { arn } = certificateOf(store, CertificateArn);
      if (usedBy(arn).length > 0) {
        throw new ServiceError('ResourceInUseException', `Certificate ${arn} is in use.`);
      }
      store.remove(arn);
      return {};
    },
  };
}

function tagOperations(store: CertificateStore) {
  return {
    AddTagsToCertificate: ({ CertificateArn, Tags }: sdk.AddTagsToCertificateRequest): object => {
      const record = certificateOf(store, CertificateArn);
      record.tags = { ...record.tags, ...byKey(Tags) };
      return {};
    },

    RemoveTagsFromCertificate: ({
      CertificateArn,
      Tags = [],
    }: sdk.RemoveTagsFromCertificateRequest): object => {
      const record = certificateOf(store, CertificateArn);
      // A tag with a value goes only where it has that value.
      const goes = ([key, value]: [string, string]): boolean =>
        Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
      record.tags = Object.fromEntries(Object.entries(record.tags).filter((tag) => !goes(tag)));
      return {};
    },

    ListTagsForCertificate: ({
      CertificateArn,
    }: sdk.ListTagsForCertificateRequest): sdk.ListTagsForCertificateResponse => ({
      Tags: asTags(certificateOf(store, CertificateArn).tags),
    }),
  };
}

/** @throws ResourceNotFoundException */
function certificateOf(store: CertificateStore, arn: string | undefined): CertificateRecord {
  const found = store.find(arn ?? '');
  if (found === undefined) {
    throw new ServiceError('ResourceNotFoundException', `Could not find certificate ${arn ?? ''}.`);
  }
  return found;
}

function statusOf({ validToDate }: X509Certificate, now: number): 'ISSUED' | 'EXPIRED' {
  return now > validToDate.getTime() ? 'EXPIRED' : 'ISSUED';
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
