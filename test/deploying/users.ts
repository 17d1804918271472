import { Agent, request } from 'node:http';

/** Stops the users. @returns how many requests they made, and how many failed: a 5xx, or no answer */
export type StopUsers = () => Promise<{ requests: number; failed: number }>;

/** Sends requests at a steady rate, whatever becomes of those before; connections are kept alive. */
export function startUsers(url: string, perSecond: number, most: number): StopUsers {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  let requests = 0;
  let failed = 0;
  const open = new Set<Promise<void>>();
  const ask = (): void => {
    if (requests >= most) return;
    requests += 1;
    const done = new Promise<void>((resolve) => {
      request(`${url}/`, { agent }, (response) => {
        if ((response.statusCode ?? 500) >= 500) failed += 1;
        response.resume().on('end', resolve);
      })
        .on('error', () => {
          failed += 1;
          resolve();
        })
        .end();
    }).finally(() => open.delete(done));
    open.add(done);
  };
  const timer = setInterval(ask, 1000 / perSecond);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
    agent.destroy();
    return { requests, failed };
  };
}
