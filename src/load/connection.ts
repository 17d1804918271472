import { Client } from 'undici';
import { errorMessage } from '../github/index.ts';
import { troubleOf, type Exchange, type Expectation } from './answer.ts';

/** What is sent, and where. */
export interface Target {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly expect: Expectation;
  /** For a whole exchange, connecting included. */
  readonly timeoutMs: number;
}

/** One user: a connection that is kept, and one request at a time. */
export interface Connection {
  /** Never rejects: what goes wrong is the exchange's trouble. */
  readonly send: () => Promise<Exchange>;
  readonly close: () => Promise<void>;
}

/** More of an answer is not searched for text. */
const mostSearchedBytes = 1024 * 1024;

/**
 * A connection of undici, by its low-level `dispatch`: a request costs less than half of the processor time of `node:http`
 * (docs/decisions.md), and what the client does not use, it cannot be late with.
 */
export function openConnection(target: Target): Connection {
  const { url, method, headers, body = null, expect, timeoutMs } = target;
  const path = `${url.pathname}${url.search}`;
  const connect = (): Client =>
    new Client(url.origin, {
      pipelining: 1,
      // The time of an exchange is limited as a whole, below: undici's own limits are counted in whole seconds.
      connect: { timeout: timeoutMs },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  let client = connect();

  const send = (): Promise<Exchange> =>
    new Promise((resolve) => {
      let [status, bytes] = [0, 0];
      const chunks: Buffer[] = [];
      let settled = false;
      const settle = (trouble: Exchange['trouble']): void => {
        if (settled) return;
        settled = true;
        clearTimeout(limit);
        resolve({ trouble, bytes });
      };
      const limit = setTimeout(() => {
        settle({ kind: 'timeout' });
        // The answer may still come; the next request must not take it for its own.
        void client.destroy();
        client = connect();
      }, timeoutMs);
      client.dispatch(
        { path, method, headers, body },
        {
          onConnect: () => undefined,
          onHeaders: (code) => {
            status = code;
            return true;
          },
          onData: (chunk) => {
            bytes += chunk.length;
            if (expect.contains !== undefined && bytes <= mostSearchedBytes) chunks.push(chunk);
            return true;
          },
          onComplete: () => {
            const text = chunks.length === 0 ? '' : Buffer.concat(chunks).toString('utf8');
            settle(troubleOf({ status, bytes, text }, expect, method));
          },
          onError: (error) => settle({ kind: 'connection', ...reasonOf(error) }),
        },
      );
    });

  return { send, close: () => client.destroy() };
}

interface Reason {
  readonly reason: string;
  readonly mayBeOurs: boolean;
}

const theirs = (reason: string): Reason => ({ reason, mayBeOurs: false });
const ours = (reason: string): Reason => ({ reason, mayBeOurs: true });

const reasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: theirs('connection refused'),
  ECONNRESET: theirs('connection closed'),
  EPIPE: theirs('connection closed'),
  UND_ERR_SOCKET: theirs('connection closed'),
  ENOTFOUND: theirs('unknown host'),
  EAI_AGAIN: ours('the host’s name could not be looked up'),
  UND_ERR_CONNECT_TIMEOUT: ours('no connection in time'),
  ETIMEDOUT: ours('no connection in time'),
  EMFILE: ours('no more open files allowed on this machine'),
  EADDRNOTAVAIL: ours('no more ports left on this machine'),
};

function reasonOf(error: Error): Reason {
  const { code = '' } = error as NodeJS.ErrnoException;
  return reasons[code] ?? theirs(code === '' ? errorMessage(error) : `${errorMessage(error)} (${code})`);
}
