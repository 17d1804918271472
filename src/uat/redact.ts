import type { UatResult } from './result.ts';

/** Takes what is secret out of a text. */
type Redact = (text: string) => string;

/**
 * Hides an `Authorization` header, and what it is made of: a service may repeat what it was sent. Values of fewer than
 * four characters are left, as hiding them would hide words.
 */
export function redactor(authorization: string | undefined): Redact {
  const secrets = secretsOf(authorization).filter((secret) => secret.length >= 4);
  return (text) => {
    const hidden = secrets.reduce((so, secret) => so.replaceAll(secret, '***'), text);
    return hidden.replace(secretHeader, '$1***');
  };
}

/**
 * A result without what is secret. Taken out before anything is made of it: in JSON in JSON, or escaped for XML, a
 * secret would not be found any more. Pictures are left as they are.
 */
export function redacted(result: UatResult, redact: Redact): UatResult {
  return { ...result, exchanges: inAll(result.exchanges, redact) as UatResult['exchanges'] };
}

function inAll(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => inAll(each, redact));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inAll(each, redact)]));
}

/** Headers that a body may tell of. */
const secretHeader = /((?:authorization|cookie|set-cookie)["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi;

function secretsOf(authorization: string | undefined): readonly string[] {
  if (authorization === undefined) return [];
  const [scheme = '', ...rest] = authorization.split(' ');
  const credentials = rest.join(' ');
  if (scheme.toLowerCase() !== 'basic') return [authorization, credentials];
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  return [authorization, credentials, pair, pair.slice(pair.indexOf(':') + 1)];
}
