import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { actionsBot } from '../accounts.ts';
import type { Hub } from '../hub.ts';
import { RestError } from './errors.ts';

/** A permission that a workflow can give its token. `metadata` every token has; `administration` none. */
export type Scope =
  'actions' | 'administration' | 'checks' | 'contents' | 'deployments' | 'issues' | 'metadata' | 'statuses';

export type Access = 'read' | 'write';
/** `a person`: no token of a job's may, whatever its permissions. */
export type Grant = `${Scope}=${Access}` | 'a person';

/** Who asks, as records name them. */
export interface Caller {
  readonly login: string;
  readonly token: string;
  /** Whether the token may write contents: it sees drafts. */
  readonly mayWrite: boolean;
}

/**
 * Who asks, where they may.
 * @throws RestError 401 without a token that is known, 403 where the job's token lacks the permission
 */
export function authorize(
  {
    hub,
    adminToken,
    personOf,
  }: {
    readonly hub: Hub;
    readonly adminToken: string;
    readonly personOf: (token: string) => string | undefined;
  },
  request: IncomingMessage,
  grant: Grant,
): Caller {
  const given = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (given === '') throw new RestError(401, 'Requires authentication');
  if (isSame(given, adminToken)) return { login: hub.repository.owner, token: 'admin', mayWrite: true };
  const person = personOf(given);
  if (person !== undefined) return { login: person, token: given, mayWrite: true };
  const token = hub.tokens.get(given);
  if (token === undefined) throw new RestError(401, 'Bad credentials');
  if (grant === 'a person') throw new RestError(403, 'Resource not accessible by integration');
  const [scope, access] = grant.split('=') as [Scope, Access];
  const granted = scope === 'metadata' ? 'read' : token.permissions[scope];
  if (granted !== 'write' && granted !== access) {
    throw new RestError(403, 'Resource not accessible by integration', {
      headers: { 'x-accepted-github-permissions': grant },
    });
  }
  return { login: actionsBot, token: given, mayWrite: token.permissions.contents === 'write' };
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
