import { accountId, actionsBot } from '../../accounts.ts';
import { nodeId, type Addresses, type Schemas } from './addresses.ts';

export function user({ repository, serverUrl }: Addresses, login: string): Schemas['simple-user'] {
  const id = accountId(login, repository);
  const url = `${serverUrl}/api/v3/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `${serverUrl}/assets/icon.svg`,
    gravatar_id: '',
    url,
    html_url: `${serverUrl}/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: login === actionsBot ? 'Bot' : 'User',
    site_admin: false,
  };
}

/** An account by itself. */
export function publicUser(at: Addresses, login: string): Schemas['public-user'] {
  const epoch = '2026-01-01T00:00:00Z';
  return {
    ...user(at, login),
    name: login,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: epoch,
    updated_at: epoch,
  };
}

/** The app that jobs' check runs belong to, as on GitHub. */
export function actionsApp(at: Addresses): NonNullable<Schemas['nullable-integration']> {
  const epoch = '2018-07-30T09:30:17Z';
  return {
    id: 15_368,
    slug: 'github-actions',
    node_id: nodeId('Integration', 15_368),
    owner: user(at, at.repository.owner),
    name: 'GitHub Actions',
    description: 'The rehearsal’s own workflow engine.',
    external_url: at.serverUrl,
    html_url: `${at.serverUrl}/runs`,
    created_at: epoch,
    updated_at: epoch,
    permissions: {},
    events: [],
  };
}
