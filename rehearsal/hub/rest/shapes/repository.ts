import { nodeId, type Addresses, type Schemas } from './addresses.ts';
import { user } from './user.ts';

/** The repository as other records hold it. */
export function minimalRepository(at: Addresses): Schemas['minimal-repository'] {
  return { ...identity(at), ...links(at.api) };
}

/** The repository by itself. */
export function fullRepository(at: Addresses): Schemas['full-repository'] {
  return everything(at);
}

/** The repository as the two sides of a pull request hold it. */
export function sideRepository(at: Addresses): Schemas['repository'] {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- GitHub still gives it, and requires it here.
  return { ...everything(at), has_downloads: false };
}

function everything(at: Addresses) {
  const at0 = '2026-01-01T00:00:00Z';
  return {
    ...identity(at),
    ...links(at.api),
    clone_url: `${at.page}.git`,
    git_url: `${at.page}.git`,
    ssh_url: at.repository.gitDirectory,
    svn_url: at.page,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: at.repository.defaultBranch,
    visibility: 'public',
    size: 0,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: 0,
    open_issues_count: 0,
    network_count: 0,
    subscribers_count: 0,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    pushed_at: at0,
    created_at: at0,
    updated_at: at0,
  };
}

function identity(at: Addresses) {
  const { repository, fullName, api, page } = at;
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: fullName,
    private: false,
    fork: false,
    owner: user(at, repository.owner),
    description: 'The rehearsal of this repository.',
    url: api,
    html_url: page,
  };
}

/** URI templates that GitHub gives with every repository. What is not served here answers 404. */
function links(api: string) {
  return {
    archive_url: `${api}/{archive_format}{/ref}`,
    assignees_url: `${api}/assignees{/user}`,
    blobs_url: `${api}/git/blobs{/sha}`,
    branches_url: `${api}/branches{/branch}`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    comments_url: `${api}/comments{/number}`,
    commits_url: `${api}/commits{/sha}`,
    compare_url: `${api}/compare/{base}...{head}`,
    contents_url: `${api}/contents/{+path}`,
    contributors_url: `${api}/contributors`,
    deployments_url: `${api}/deployments`,
    downloads_url: `${api}/downloads`,
    events_url: `${api}/events`,
    forks_url: `${api}/forks`,
    git_commits_url: `${api}/git/commits{/sha}`,
    git_refs_url: `${api}/git/refs{/sha}`,
    git_tags_url: `${api}/git/tags{/sha}`,
    hooks_url: `${api}/hooks`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    issue_events_url: `${api}/issues/events{/number}`,
    issues_url: `${api}/issues{/number}`,
    keys_url: `${api}/keys{/key_id}`,
    labels_url: `${api}/labels{/name}`,
    languages_url: `${api}/languages`,
    merges_url: `${api}/merges`,
    milestones_url: `${api}/milestones{/number}`,
    notifications_url: `${api}/notifications{?since,all,participating}`,
    pulls_url: `${api}/pulls{/number}`,
    releases_url: `${api}/releases{/id}`,
    stargazers_url: `${api}/stargazers`,
    statuses_url: `${api}/statuses/{sha}`,
    subscribers_url: `${api}/subscribers`,
    subscription_url: `${api}/subscription`,
    tags_url: `${api}/tags`,
    teams_url: `${api}/teams`,
    trees_url: `${api}/git/trees{/sha}`,
  };
}
