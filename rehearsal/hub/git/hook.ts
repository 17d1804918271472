import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PushHook {
  /** What the hook shows to the hub, made anew at every start. */
  readonly token: string;
  /** Forgets the hub's address, so that later pushes say at once that it is not running. */
  remove(): Promise<void>;
}

/**
 * Installs the `post-receive` hook that tells the hub about pushes. The hub's address and the token are in a file
 * beside it that only its owner can read.
 */
export async function installPushHook(gitDirectory: string, hubUrl: string): Promise<PushHook> {
  const hooks = path.join(gitDirectory, 'hooks');
  const file = path.join(hooks, 'hub.json');
  const token = randomBytes(32).toString('base64url');
  await mkdir(hooks, { recursive: true });
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify({ url: hubUrl, token }), { mode: 0o600 });
  await writeFile(path.join(hooks, 'post-receive'), hookScript(file), { mode: 0o755 });
  return { token, remove: () => rm(file, { force: true }) };
}

function hookScript(file: string): string {
  const node = quoted(process.execPath);
  const script = quoted(fileURLToPath(new URL('post-receive.mjs', import.meta.url)));
  return `#!/bin/sh
# Written by the rehearsal at every start. Tells its hub which refs a push moved.
if [ -x ${node} ] && [ -f ${script} ]; then
  exec ${node} ${script} ${quoted(file)}
fi
echo 'The rehearsal that this repository belongs to is gone: the push is kept, and nothing runs.'
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\\\''")}'`;
}

/** Compares without telling by its duration how much of it was right. */
export function isToken(given: string | undefined, token: string): boolean {
  const a = Buffer.from(given ?? '');
  const b = Buffer.from(`Bearer ${token}`);
  return a.length === b.length && timingSafeEqual(a, b);
}
