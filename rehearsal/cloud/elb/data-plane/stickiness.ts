import type { TargetRecord } from '../model.ts';

/** The cookies that an ALB pins a client with: to a target of a group, and to a group of a rule. */
export const targetCookie = 'AWSALB';
export const groupCookie = 'AWSALBTG';

/** What a client's cookie pins it to; nothing that it could make up is trusted: the value only chooses among what is there. */
export function pinned(cookies: string | undefined, name: string): string | undefined {
  for (const pair of (cookies ?? '').split(';')) {
    const separator = pair.indexOf('=');
    if (pair.slice(0, separator).trim() === name) {
      return Buffer.from(pair.slice(separator + 1).trim(), 'base64url').toString('utf8');
    }
  }
  return undefined;
}

export function pin(name: string, value: string, seconds: number): string {
  const encoded = Buffer.from(value).toString('base64url');
  return `${name}=${encoded}; Expires=${new Date(Date.now() + seconds * 1000).toUTCString()}; Path=/`;
}

export function targetKey({ id, port }: Pick<TargetRecord, 'id' | 'port'>): string {
  return `${id}:${port}`;
}
