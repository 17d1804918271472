import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { actionsBot } from '../accounts.ts';
import type { Hub } from '../hub.ts';
import { RestError } from './errors.ts';

/** A permission that a workflow can give its token. `metadata` every token has; `administration` none. */
export type Scope =
  | 'actions'
  | 'administration'
  | 'checks'
  | 'contents'
  | 'deployments'
  | 'issues'
  | 'metadata'
  | 'pull-requests'
  | 'security-events'
  | 'statuses';

export type Access = 'read' | 'write';
/** `a person`: no token of a job's may, whatever its permissions. */
export type Grant = `${Scope}=${Access}` | 'a person';

/** Who asks, as records name them. */
export interface Caller {
  readonly login: string;
  readonly token: string;
  readonly may: (scope: Scope, access: Access) => boolean;
}

/**
 * Who asks, where they may: one of the grants is enough.
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
  grants: readonly Grant[],
): Caller {
  const given = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (given === '') throw new RestError(401, 'Requires authentication');
  if (isSame(given, adminToken)) return { login: hub.repository.owner, token: 'admin', may: everything };
  const person = personOf(given);
  if (person !== undefined) return { login: person, token: given, may: everything };
  const token = hub.tokens.get(given);
  if (token === undefined) throw new RestError(401, 'Bad credentials');
  const may = (scope: Scope, access: Access): boolean => {
    const granted = scope === 'metadata' ? 'read' : token.permissions[scope];
    return granted === 'write' || granted === access;
  };
  const isEnough = (grant: Grant): boolean =>
    grant !== 'a person' && may(...(grant.split('=') as [Scope, Access]));
  if (!grants.some(isEnough)) throw notAccessible(grants);
  return { login: actionsBot, token: given, may };
}

/** What a job's token may not do. GitHub names what would be enough, whichever of them. */
export function notAccessible(grants: readonly Grant[]): RestError {
  const scopes = grants.filter((grant) => grant !== 'a person');
  return new RestError(403, 'Resource not accessible by integration', {
    headers:
      scopes.length === 0 ? {} : { 'x-accepted-github-permissions': scopes.join('; ').replaceAll('-', '_') },
  });
}

const everything = (): boolean => true;

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
