import { createHash, createHmac } from 'node:crypto';
import { adminCredentials } from '../../credentials.ts';

export interface Signer {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** What the client's clock says. */
  readonly at?: Date;
}

/** Headers of a `POST /` by hand, signed as the SDK's clients sign theirs. The administrator signs where nothing is said. */
export function sign(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  { at = new Date(), sessionToken, ...keys }: Signer = {},
): Record<string, string> {
  const { accessKeyId, secretAccessKey } = { ...adminCredentials, ...keys };
  const date = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const signed: Record<string, string> = {
    ...headers,
    host: new URL(url).host,
    'x-amz-date': date,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(signed).sort();
  const canonical = [
    'POST',
    '/',
    '',
    ...names.map((name) => `${name}:${signed[name] ?? ''}`),
    '',
    names.join(';'),
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const scope = [date.slice(0, 8), 'eu-west-1', 'any', 'aws4_request'];
  const digest = createHash('sha256').update(canonical).digest('hex');
  const signature = [...scope, ['AWS4-HMAC-SHA256', date, scope.join('/'), digest].join('\n')].reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return {
    ...signed,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature.toString('hex')}`,
  };
}
