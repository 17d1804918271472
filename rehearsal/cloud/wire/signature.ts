import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CommonError } from './common-error.ts';

/** What an `Authorization` header says of a signature. */
export interface Signature {
  readonly accessKeyId: string;
  /** `20261124` */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  /** Lower case, in their order. */
  readonly signedHeaders: readonly string[];
  /** Hexadecimal. */
  readonly value: string;
}

/**
 * What a right clock may show: the machine's time, or the cloud's, which may pass faster and which answers are dated
 * by; the SDKs set their clocks by that. A client is somewhere between the two, by when it was answered last.
 */
export interface Clocks {
  readonly earliest: Date;
  readonly latest: Date;
}

/** How far a client's clock may be off, in minutes. */
const toleranceMinutes = 5;

/**
 * @param authorization `AWS4-HMAC-SHA256 Credential=KEY/20261124/eu-west-1/ecs/aws4_request, SignedHeaders=host;x-amz-date, Signature=…`
 * @throws CommonError IncompleteSignatureException
 */
export function readSignature(authorization: string): Signature {
  const [scheme = '', ...rest] = authorization.split(' ');
  const parts = new Map(
    rest
      .join(' ')
      .split(',')
      .map((part) => [part.slice(0, part.indexOf('=')).trim(), part.slice(part.indexOf('=') + 1).trim()]),
  );
  const absent = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parts.get(name));
  if (scheme !== 'AWS4-HMAC-SHA256' || absent.length > 0) {
    const missing = absent.map((name) => `Authorization header requires '${name}' parameter.`);
    throw incomplete([...missing, `Authorization=${scheme}`].join(' '));
  }
  const credential = parts.get('Credential') ?? '';
  const [accessKeyId, day, region, service, end] = credential.split('/');
  if (
    accessKeyId === undefined ||
    day === undefined ||
    region === undefined ||
    service === undefined ||
    end !== 'aws4_request'
  ) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  const signedHeaders = (parts.get('SignedHeaders') ?? '').toLowerCase().split(';');
  return { accessKeyId, day, region, service, signedHeaders, value: parts.get('Signature') ?? '' };
}

/**
 * Calculates the signature again, as "Create a signed AWS API request" (IAM user guide) describes version 4. The paths
 * of the services here have nothing that would have to be encoded.
 *
 * @throws CommonError InvalidSignatureException, IncompleteSignatureException
 */
export function checkSignature(
  signature: Signature,
  request: IncomingMessage,
  body: Uint8Array,
  secretAccessKey: string,
  clocks: Clocks,
): void {
  const at = request.headers['x-amz-date'];
  if (typeof at !== 'string' || !/^\d{8}T\d{6}Z$/.test(at)) {
    throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  checkTime(at, signature.day, clocks);
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  const canonicalRequest = [
    request.method ?? '',
    path,
    query.split('&').sort().join('&'),
    ...signature.signedHeaders.map((name) => `${name}:${headerOf(request, name)}`),
    '',
    signature.signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
  const scope = [signature.day, signature.region, signature.service, 'aws4_request'];
  const stringToSign = ['AWS4-HMAC-SHA256', at, scope.join('/'), sha256(canonicalRequest)].join('\n');
  const key = scope.reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  if (hmac(key, stringToSign).toString('hex') === signature.value) return;
  throw invalid(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
}

function checkTime(at: string, day: string, { earliest, latest }: Clocks): void {
  if (!at.startsWith(day)) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${at.slice(0, 8)}', from '${at}'.`,
    );
  }
  const signed = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const oldest = later(earliest, -toleranceMinutes);
  if (signed < oldest.getTime()) {
    throw invalid(
      `Signature expired: ${at} is now earlier than ${basic(oldest)} (${basic(earliest)} - ${toleranceMinutes} min.)`,
    );
  }
  const newest = later(latest, toleranceMinutes);
  if (signed > newest.getTime()) {
    throw invalid(
      `Signature not yet current: ${at} is still later than ${basic(newest)} (${basic(latest)} + ${toleranceMinutes} min.)`,
    );
  }
}

function later(date: Date, minutes: number): Date {
  return new Date(date.getTime() + minutes * 60_000);
}

/** `20261124T220000Z` */
function basic(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name] ?? '';
  return (typeof value === 'string' ? value : value.join(',')).trim().replaceAll(/ +/g, ' ');
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: Buffer, content: string): Buffer {
  return createHmac('sha256', key).update(content).digest();
}

const incomplete = (message: string): CommonError => new CommonError('IncompleteSignatureException', message);
const invalid = (message: string): CommonError => new CommonError('InvalidSignatureException', message);
