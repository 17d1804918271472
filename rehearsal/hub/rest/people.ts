import { actionsBot, isSameLogin } from '../accounts.ts';
import type { RestContext } from './context.ts';
import { endpoint, ok, type Endpoint } from './endpoint.ts';
import { notFound } from './errors.ts';
import { publicUser } from './shapes/user.ts';

/** Those who push and review. A rehearsal has no accounts: whoever was named once is there. */
export function peopleEndpoints({ hub, at }: RestContext): readonly Endpoint[] {
  return [
    endpoint('users/get-authenticated', 'a person', ({ caller }) => ok(publicUser(at, caller.login))),

    endpoint('users/get-by-username', 'metadata=read', ({ params }) => {
      const everybody = [...hub.people, hub.repository.owner, actionsBot];
      const login = everybody.find((one) => isSameLogin(one, params.username ?? ''));
      if (login === undefined) throw notFound();
      return ok(publicUser(at, login));
    }),
  ];
}
