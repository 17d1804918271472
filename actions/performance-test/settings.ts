import type { EnvironmentConfig } from '../../src/config/index.ts';
import type { Load, Target } from '../../src/load/index.ts';

/** `checks.performance` of an environment. */
export type Settings = NonNullable<EnvironmentConfig['checks']['performance']>;

/** The open model where a rate is given, as sluice.yml's rules have it: then there is a duration too. */
export function loadOf({ requests, concurrency, rate, duration }: Settings): Load {
  return rate === undefined || duration === undefined
    ? { kind: 'closed', requests, concurrency }
    : { kind: 'open', ratePerSecond: rate, durationMs: duration };
}

/** @param url the path of the request is below it */
export function targetOf(
  { request, timeout }: Settings,
  url: URL,
  authorization: string | undefined,
): Target {
  const { method, path, headers, body, expect } = request;
  return {
    url: new URL(`${url.pathname.replace(/\/+$/, '')}${path}`, url),
    method,
    headers: {
      'user-agent': 'sluice-performance-test',
      accept: '*/*',
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      ...(authorization === undefined ? {} : { authorization }),
    },
    body,
    expect: { statuses: expect.status, contains: expect.contains },
    timeoutMs: timeout,
  };
}
