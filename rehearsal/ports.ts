import { createServer } from 'node:net';
import type { Config } from '../src/config/index.ts';

/** A port of 127.0.0.1 that a rehearsal wants, and what it is for. */
export interface WantedPort {
  readonly name: string;
  readonly preferred: number;
  /** Asked for by the user: then another one will not do. */
  readonly required: boolean;
}

/** The first port of the first rehearsal of a repository; each one beside it has the next twenty. */
const firstPort = 4480;
const portsOfOne = 20;

/** What listens, by the name under which {@link choosePorts} answers for it. */
export const testListenerOf = (environment: string): string => `${environment}, test listener`;

/**
 * The ports of a rehearsal: the page first, then the cloud's, then the front doors of the environments.
 * @param port the page's, where the user asked for one
 * @param number the rehearsal's among those of its repository that run at once, from 1
 */
export function wantedPorts(config: Config, port: number | undefined, number: number): WantedPort[] {
  const names = Object.keys(config.environments);
  const hasDatabase = names.some((name) => config.environments[name]?.database.engine === 'postgres');
  const first = (port ?? firstPort) + (number - 1) * portsOfOne;
  return [
    { name: 'web page', preferred: first, required: port !== undefined && number === 1 },
    { name: 'AWS API', preferred: first + 1, required: false },
    { name: 'registry', preferred: first + 2, required: false },
    ...names.map((name, index) => ({ name, preferred: first + 10 + index, required: false })),
    ...names.flatMap((name, index) =>
      config.environments[name]?.deploy.strategy === 'rolling'
        ? []
        : [{ name: testListenerOf(name), preferred: first + 14 + index, required: false }],
    ),
    ...(hasDatabase ? [{ name: 'database', preferred: first + 3, required: false }] : []),
  ];
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
