/** Where a `uses:` points. */
export type Reference =
  /** `./path`: the workspace for an action, the containing workflow's commit for a workflow. */
  | { readonly kind: 'workspace'; readonly path: string }
  /** `$/path`: the repository of the file that says so, at the running commit. */
  | { readonly kind: 'self'; readonly path: string }
  | {
      readonly kind: 'repository';
      readonly owner: string;
      readonly name: string;
      readonly path: string;
      readonly ref: string;
    }
  | { readonly kind: 'docker'; readonly image: string };

/** @throws Error where it is none of GitHub's forms */
export function parseUses(uses: string): Reference {
  if (uses.startsWith('docker://')) return { kind: 'docker', image: uses.slice('docker://'.length) };
  if (uses.startsWith('./') || uses.startsWith('../')) return { kind: 'workspace', path: inside(uses, uses) };
  if (uses.startsWith('$/')) return { kind: 'self', path: inside(uses.slice(2), uses) };
  const match = /^([^/@\s]+)\/([^/@\s]+)((?:\/[^@\s]+)?)@(\S+)$/.exec(uses);
  if (match === null) {
    throw new Error(
      `uses: ${uses} is none of ./path, $/path, owner/repository@ref and owner/repository/path@ref.`,
    );
  }
  const [, owner = '', name = '', path = '', ref = ''] = match;
  return { kind: 'repository', owner, name, path: inside(path.replace(/^\//, ''), uses), ref };
}

/** Without `./`, `//` and a last slash; a path that leaves its repository is refused. */
function inside(path: string, uses: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw new Error(`uses: ${uses} leaves its repository.`);
  return segments.join('/');
}
