import type { PullRequestFilter, PushFilter } from '../workflow/model.ts';
import { matchesPatterns } from './patterns.ts';

/** One ref that a push moved. */
export interface PushedRef {
  /** `refs/heads/develop` or `refs/tags/v1.2.3` */
  readonly ref: string;
  /** Forty zeros where the ref is new. */
  readonly before: string;
  /** Forty zeros where the ref is deleted. */
  readonly after: string;
}

/** Whether a push starts a workflow. Paths are not looked at for tags. */
export function pushStarts(
  filter: PushFilter,
  push: { readonly ref: string; readonly changedFiles: readonly string[] },
): boolean {
  const branch = after(push.ref, 'refs/heads/');
  const tag = after(push.ref, 'refs/tags/');
  if (branch !== undefined) {
    return (
      refMatches(branch, filter.branches, filter.branchesIgnore, filter.tags ?? filter.tagsIgnore) &&
      pathsMatch(push.changedFiles, filter)
    );
  }
  if (tag !== undefined) {
    return refMatches(tag, filter.tags, filter.tagsIgnore, filter.branches ?? filter.branchesIgnore);
  }
  return false;
}

/** Whether an event of a pull request starts a workflow: by its type, its base branch, and what it changes. */
export function pullRequestStarts(
  filter: PullRequestFilter,
  event: { readonly action: string; readonly base: string; readonly changedFiles: readonly string[] },
): boolean {
  return (
    filter.types.includes(event.action) &&
    refMatches(event.base, filter.branches, filter.branchesIgnore, undefined) &&
    pathsMatch(event.changedFiles, filter)
  );
}

/** A filter for the other kind of ref alone leaves this kind out. */
function refMatches(
  name: string,
  patterns: readonly string[] | undefined,
  ignored: readonly string[] | undefined,
  otherKind: readonly string[] | undefined,
): boolean {
  if (patterns !== undefined) return matchesPatterns(name, patterns);
  if (ignored !== undefined) return !matchesPatterns(name, ignored);
  return otherKind === undefined;
}

/** `paths`: one changed file is enough; `paths-ignore`: one that is not ignored. */
function pathsMatch(files: readonly string[], filter: Pick<PushFilter, 'paths' | 'pathsIgnore'>): boolean {
  const { paths, pathsIgnore } = filter;
  if (paths !== undefined) return files.some((file) => matchesPatterns(file, paths));
  if (pathsIgnore !== undefined) return files.some((file) => !matchesPatterns(file, pathsIgnore));
  return true;
}

/** The marks in a commit message that make GitHub skip its workflows of pushes and pull requests. */
export function skipMark(message: string): string | undefined {
  const marks = ['[skip ci]', '[ci skip]', '[no ci]', '[skip actions]', '[actions skip]'];
  return (
    marks.find((mark) => message.includes(mark)) ??
    (/\n\nskip-checks:\s?true\s*$/.test(message) ? 'skip-checks: true' : undefined)
  );
}

function after(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}
