import { createHash } from 'node:crypto';
import type { Repository } from './model.ts';

/** GitHub's own account that job tokens act as. */
export const actionsBot = 'github-actions[bot]';
/** Its id on GitHub. */
const actionsBotId = 41_898_282;

/** The number of an account; it stays the same for a login, whose letters may be of either case. */
export function accountId(login: string, { owner, ownerId }: Pick<Repository, 'owner' | 'ownerId'>): number {
  if (login === actionsBot) return actionsBotId;
  if (isSameLogin(login, owner)) return ownerId;
  return createHash('sha256').update(login.toLowerCase()).digest().readUInt32BE();
}

export function isSameLogin(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
