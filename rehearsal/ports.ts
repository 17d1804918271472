import { createServer } from 'node:net';

/** A port of 127.0.0.1 that a rehearsal wants, and what it is for. */
export interface WantedPort {
  readonly name: string;
  readonly preferred: number;
  /** Asked for by the user: then another one will not do. */
  readonly required: boolean;
}

/**
 * The wanted ports where they are free; another free one where a preferred one is taken, with a note.
 * @throws where a required one is taken: what, and what to do.
 */
export async function choosePorts(
  wanted: readonly WantedPort[],
): Promise<{ ports: Record<string, number>; notes: string[] }> {
  const ports: Record<string, number> = {};
  const notes: string[] = [];
  const problems: string[] = [];
  for (const { name, preferred, required } of wanted) {
    const isOurs = Object.values(ports).includes(preferred);
    if (!isOurs && (await isFree(preferred))) {
      ports[name] = preferred;
    } else if (required) {
      problems.push(`Port ${preferred} (${name}) is taken. Free it, or choose another one.`);
    } else {
      ports[name] = await anyFreePort(Object.values(ports));
      notes.push(`Port ${preferred} (${name}) is taken: ${ports[name]} is used instead.`);
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { ports, notes };
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port);
    return true;
  } catch {
    return false;
  }
}

async function anyFreePort(taken: readonly number[]): Promise<number> {
  for (;;) {
    const port = await listenOnce(0);
    if (!taken.includes(port)) return port;
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}
