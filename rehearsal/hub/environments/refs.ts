import picomatch from 'picomatch';
import type { RefRule } from '../model.ts';

/**
 * Why a ref may not deploy to an environment, in GitHub's words; `undefined` where it may. Patterns are those of
 * Ruby's `File.fnmatch`: `*` stands for anything but `/`, and braces mean themselves (docs.github.com, "Deployments
 * and environments").
 */
export function refProblem(rule: RefRule, ref: string, environment: string): string | undefined {
  const tag = ref.startsWith('refs/tags/');
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  if (isAllowed(rule, tag ? 'tag' : 'branch', name)) return undefined;
  return `${tag ? 'Tag' : 'Branch'} "${name}" is not allowed to deploy to ${environment} due to environment protection rules.`;
}

function isAllowed(rule: RefRule, type: 'branch' | 'tag', name: string): boolean {
  switch (rule.kind) {
    case 'any':
      return true;
    case 'protected':
      // No branch is protected in the rehearsal; and where none is, GitHub lets every branch deploy.
      return type === 'branch';
    case 'selected':
      return rule.patterns.some((pattern) => pattern.type === type && matches(pattern.name, name));
  }
}

function matches(pattern: string, name: string): boolean {
  return picomatch.isMatch(name, pattern, { nobrace: true, noextglob: true, nonegate: true });
}
