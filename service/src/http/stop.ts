import type { FastifyInstance } from 'fastify';

export interface StopOptions {
  /** After this, the connections that are still busy are cut. */
  readonly withinMs: number;
}

const sweepEveryMs = 50;

/**
 * Takes no new connections and finishes what is in flight, streams too.
 * @returns whether everything was finished in time
 */
export async function stopInOrder(app: FastifyInstance, { withinMs }: StopOptions): Promise<boolean> {
  let cut = false;
  const deadline = setTimeout(() => {
    cut = true;
    app.server.closeAllConnections();
  }, withinMs);
  // A connection whose answer had begun when the server closed was told that it is kept alive, and would be.
  const sweep = setInterval(() => app.server.closeIdleConnections(), sweepEveryMs);
  try {
    await app.close();
    return !cut;
  } finally {
    clearTimeout(deadline);
    clearInterval(sweep);
  }
}
