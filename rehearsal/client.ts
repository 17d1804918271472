import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** What the background client has seen of an environment. */
export interface ClientFigures {
  readonly requests: number;
  /** Answers other than 2xx, and requests that nothing answered. */
  readonly failed: number;
  /** The first failures, in words: what an operator would look at first. */
  readonly failures: readonly string[];
  /** How often each version answered. */
  readonly versions: Readonly<Record<string, number>>;
}

export interface ClientOptions {
  readonly url: URL;
  /** The key of the answer's JSON that says which version it is. */
  readonly versionKey: string;
  readonly requestsPerSecond: number;
}

export interface BackgroundClient {
  figures(): ClientFigures;
  /** Sends nothing more, and waits for what is on its way. */
  stop(): Promise<ClientFigures>;
}

const tickMs = 20;
const timeoutMs = 30_000;
/** Shorter than a load balancer's 60 s: a request must not set out on a connection that is being closed. */
const idleMs = 20_000;
const failuresKept = 5;

/**
 * Users, while traffic shifts: requests at a steady rate, whether or not the earlier ones were answered, over
 * connections that stay open. Nothing counts before the first good answer: until then there is nobody to fail.
 */
export function startClient({ url, versionKey, requestsPerSecond }: ClientOptions): BackgroundClient {
  const isSecure = url.protocol === 'https:';
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({
    keepAlive: true,
    maxSockets: 256,
    timeout: idleMs,
  });
  const send = isSecure ? httpsRequest : httpRequest;
  const versions: Record<string, number> = {};
  const failures: string[] = [];
  const pending = new Set<Promise<void>>();
  let requests = 0;
  let failed = 0;
  let serves = false;

  const once = (): Promise<void> =>
    new Promise((resolve) => {
      const sentAt = performance.now();
      const end = (problem: string | undefined, version?: string): void => {
        serves ||= problem === undefined;
        if (serves) {
          requests += 1;
          if (version !== undefined) versions[version] = (versions[version] ?? 0) + 1;
          if (problem !== undefined) {
            failed += 1;
            if (failures.length < failuresKept) {
              failures.push(`${problem}, after ${Math.round(performance.now() - sentAt)} ms`);
            }
          }
        }
        resolve();
      };
      const request = send(url, { agent, timeout: timeoutMs }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (body += part));
        response.once('error', (error) => end(`the answer broke off (${error.message})`));
        response.once('end', () => {
          const { statusCode = 0 } = response;
          if (statusCode < 200 || statusCode > 299) end(`HTTP ${statusCode}`);
          else end(undefined, versionIn(body, versionKey));
        });
      });
      request.once('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      request.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
      request.end();
    });

  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) * requestsPerSecond) / 1000);
    // Before it serves, one at a time is enough to see when it does.
    if (!serves) {
      sent = due;
      if (pending.size > 0) return;
      track(once());
      return;
    }
    // After a pause of this machine the missed ones are not made up for in one burst.
    sent = Math.max(sent, due - requestsPerSecond);
    for (; sent < due; sent += 1) track(once());
  }, tickMs);
  const track = (one: Promise<void>): void => {
    pending.add(one);
    void one.finally(() => pending.delete(one));
  };

  const figures = (): ClientFigures => ({
    requests,
    failed,
    failures: [...failures],
    versions: { ...versions },
  });
  return {
    figures,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
      agent.destroy();
      return figures();
    },
  };
}

function versionIn(body: string, key: string): string | undefined {
  try {
    const value = (JSON.parse(body) as Record<string, unknown> | null)?.[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
