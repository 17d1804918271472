import type { Permissions } from '../../model.ts';
import type { Template } from '../expressions/template.ts';
import { entriesOf, isMapping, literal } from '../expressions/template.ts';

type Level = 'read' | 'write' | 'none';

/** The scopes of a `GITHUB_TOKEN`, as the workflow schema names them. */
export const scopes = [
  'actions',
  'artifact-metadata',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'repository-projects',
  'security-events',
  'statuses',
] as const;

/** What a token may do where a workflow says nothing: GitHub's restricted default, which new repositories have. */
export const defaultPermissions: Permissions = { contents: 'read', packages: 'read' };

/** Reads a `permissions:` block. Scopes that it does not name are none. */
export function readPermissions(template: Template | undefined): Permissions | undefined {
  if (template === undefined) return undefined;
  if (!isMapping(template)) {
    switch (literal(template)) {
      case 'read-all':
        return Object.fromEntries(
          scopes.filter((scope) => scope !== 'id-token').map((scope) => [scope, 'read' as const]),
        );
      case 'write-all':
        return Object.fromEntries(scopes.map((scope) => [scope, 'write' as const]));
      default:
        return {};
    }
  }
  return Object.fromEntries(
    [...entriesOf(template)]
      .map(([scope, value]) => [scope, levelOf(literal(value))] as const)
      .filter(([, level]) => level !== 'none'),
  );
}

function levelOf(value: string | undefined): Level {
  return value === 'read' || value === 'write' ? value : 'none';
}

const rank: Readonly<Record<Level, number>> = { none: 0, read: 1, write: 2 };

/**
 * The scopes of `wanted` that exceed `allowed`. A called workflow can only be given less than its caller has;
 * GitHub refuses to start the run otherwise.
 */
export function excess(
  wanted: Permissions,
  allowed: Permissions,
): { readonly scope: string; readonly wanted: Level; readonly allowed: Level }[] {
  return Object.entries(wanted)
    .map(([scope, level]) => ({ scope, wanted: level, allowed: allowed[scope] ?? ('none' as const) }))
    .filter((item) => rank[item.wanted] > rank[item.allowed]);
}
