import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gitEnvironment, type GitRepository } from './repository.ts';

const run = promisify(execFile);

/** What a branch does to one file, against where it left another. */
export interface FileChange {
  readonly file: string;
  readonly status: 'added' | 'removed' | 'modified' | 'changed' | 'renamed';
  /** Of a file that was renamed. */
  readonly earlier?: string;
  /** The file's object; of one that was removed, the one it had. */
  readonly blob: string;
  /** Lines; 0 of files that are not text. */
  readonly additions: number;
  readonly deletions: number;
}

/** What `head` changes since it left `base`, by name. @throws Error where they have no commit in common */
export async function changesSince(git: GitRepository, base: string, head: string): Promise<FileChange[]> {
  const { stdout } = await run(
    'git',
    [
      '--git-dir',
      git.directory,
      'diff',
      '--raw',
      '--numstat',
      '--no-abbrev',
      '--find-renames',
      '-z',
      `${base}...${head}`,
    ],
    { env: gitEnvironment(), maxBuffer: 64 * 1024 * 1024 },
  );
  return parseChanges(stdout);
}

/**
 * `git diff --raw --numstat -z`: first `:<modes> <blobs> <status>` with one name, or two of a rename; then
 * `<added> <deleted> <name>`, where a rename has an empty name and its two names follow.
 */
function parseChanges(output: string): FileChange[] {
  const parts = output.split('\0');
  const files = new Map<string, Omit<FileChange, 'additions' | 'deletions'>>();
  const lines = new Map<string, { readonly additions: number; readonly deletions: number }>();
  while (parts.length > 0) {
    const part = parts.shift() ?? '';
    if (part.startsWith(':')) {
      const [, , before = '', after = '', letter = ''] = part.split(' ');
      const status = statusOf(letter);
      const first = parts.shift() ?? '';
      const file = status === 'renamed' ? (parts.shift() ?? '') : first;
      const blob = status === 'removed' ? before : after;
      files.set(file, { file, status, blob, ...(status === 'renamed' ? { earlier: first } : {}) });
    } else if (part !== '') {
      const [additions = '', deletions = '', name = ''] = part.split('\t');
      if (name === '') parts.shift();
      const file = name === '' ? (parts.shift() ?? '') : name;
      lines.set(file, { additions: Number(additions) || 0, deletions: Number(deletions) || 0 });
    }
  }
  return [...files.values()].map((change) => ({
    ...change,
    ...(lines.get(change.file) ?? { additions: 0, deletions: 0 }),
  }));
}

function statusOf(letter: string): FileChange['status'] {
  switch (letter.charAt(0)) {
    case 'A':
      return 'added';
    case 'D':
      return 'removed';
    case 'R':
      return 'renamed';
    case 'T':
      return 'changed';
    default:
      return 'modified';
  }
}
