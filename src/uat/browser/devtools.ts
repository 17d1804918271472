import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';

/** What a browser says by itself: `Page.loadEventFired` and the like. */
export interface DevToolsEvent {
  readonly method: string;
  readonly params: unknown;
}

/** A command was refused, not answered in time, or the browser went away. */
class DevToolsError extends Error {
  override readonly name = 'DevToolsError';
}

const messageSchema = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  sessionId: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: DevToolsError) => void;
}

const commandTimeoutMs = 15_000;

/**
 * Chrome's DevTools protocol over two pipes, a JSON message and a NUL each way (`--remote-debugging-pipe`). Unlike the
 * WebSocket, a pipe is nobody else's to connect to.
 *
 * Source: https://chromedevtools.github.io/devtools-protocol/
 */
export class DevTools {
  readonly #to: Writable;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, (event: DevToolsEvent) => void>();
  #lastId = 0;
  #isClosed = false;

  constructor(to: Writable, from: Readable) {
    this.#to = to;
    let rest = '';
    from.setEncoding('utf8');
    from.on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\0');
      rest = messages.pop() ?? '';
      messages.forEach((message) => this.#take(message));
    });
    from.on('close', () => this.close('the browser has ended'));
    // A browser that ends while it is spoken to is told by the end of its own pipe.
    to.on('error', () => undefined);
    from.on('error', () => undefined);
  }

  /** @throws DevToolsError */
  async send(method: string, parameters: object = {}, sessionId?: string): Promise<unknown> {
    if (this.#isClosed) throw new DevToolsError(`${method}: the browser has ended`);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    const timer = setTimeout(
      () => reject(new DevToolsError(`${method}: the browser did not answer within ${commandTimeoutMs} ms`)),
      commandTimeoutMs,
    );
    try {
      this.#to.write(`${JSON.stringify({ id, method, params: parameters, sessionId })}\0`);
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /** The events of one session; of the browser itself they are not listened to. */
  listen(sessionId: string, listener: (event: DevToolsEvent) => void): void {
    this.#listeners.set(sessionId, listener);
  }

  close(why: string): void {
    this.#isClosed = true;
    for (const { reject } of this.#pending.values()) reject(new DevToolsError(why));
  }

  #take(text: string): void {
    const { id, method, sessionId, params, result, error } = messageSchema.parse(JSON.parse(text));
    if (id === undefined) {
      if (method !== undefined && sessionId !== undefined) {
        this.#listeners.get(sessionId)?.({ method, params });
      }
      return;
    }
    const pending = this.#pending.get(id);
    if (error !== undefined) pending?.reject(new DevToolsError(error.message));
    else pending?.resolve(result);
  }
}
