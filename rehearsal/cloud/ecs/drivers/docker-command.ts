import { execFile, spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';

/**
 * Runs `docker` and answers its output, without the final newline.
 *
 * @param timeoutMs 0 for none
 * @param env added to the rehearsal's own
 * @throws Error with what it said; its `cause` has the exit code as `code`
 */
export function docker(
  argv: readonly string[],
  { timeoutMs = 60_000, env = {} }: { timeoutMs?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      'docker',
      [...argv],
      {
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 16 * 1024 * 1024,
        env: { ...process.env, ...env },
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trim());
        else reject(new Error(stderr.trim() === '' ? error.message : stderr.trim(), { cause: error }));
      },
    );
  });
}

/** As {@link docker}, for what may fail: `undefined` where it did. */
export async function attempt(argv: readonly string[], timeoutMs = 60_000): Promise<string | undefined> {
  try {
    return await docker(argv, { timeoutMs });
  } catch {
    return undefined;
  }
}

/** Runs `docker` with something to read. @throws Error with what it said */
export async function feedDocker(argv: readonly string[], input: AsyncIterable<unknown>): Promise<void> {
  const child = spawn('docker', [...argv], { stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(complaint.trim() || `docker ${argv.join(' ')} ended with ${code ?? 'a signal'}`));
    });
  });
  const fed = pipeline(input, child.stdin).catch((error: unknown) => {
    // It stopped reading: what it says of that is the better message.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  });
  await Promise.all([ended, fed]);
}
