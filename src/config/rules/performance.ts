import type { EnvironmentConfig } from '../schema/index.ts';
import { outside, type EnvironmentRule, type Violation } from './rule.ts';

type Performance = NonNullable<EnvironmentConfig['checks']['performance']>;
type Threshold = keyof NonNullable<Performance['thresholds']>;

const base = 'checks.performance';
const hourMs = 3_600_000;

const shares: ReadonlySet<string> = new Set(['errorRate', 'dropped']);

/** Below these a percentile rests on fewer than ten requests, and another run has another one. */
const fewest: Readonly<Partial<Record<Threshold, number>>> = { p99: 1000, p999: 10_000 };

export const performanceRules: readonly EnvironmentRule[] = [
  {
    says: 'Thresholds are of their kind: `errorRate` and `dropped` a percentage, `p50`, `p95`, `p99` and `p999` a time, all with < or <=; `throughput` a number with > or >=.',
    reads: ['checks', base, `${base}.thresholds`],
    check: about(({ thresholds = {} }) =>
      Object.entries(thresholds).map(([name, threshold]) => {
        if (threshold === undefined) return undefined;
        const isRate = name === 'throughput';
        const unit = isRate ? 'count' : shares.has(name) ? '%' : 'ms';
        const example = isRate ? '">= 100"' : shares.has(name) ? '"< 0.1%"' : '"< 250ms"';
        return threshold.unit === unit && threshold.operator.startsWith(isRate ? '>' : '<')
          ? undefined
          : {
              at: `${base}.thresholds.${name}`,
              found: 'a comparison of another kind',
              expected: `one such as ${example}`,
            };
      }),
    ),
  },
  {
    says: '`p99` needs 1,000 requests and `p999` 10,000: `requests`, or `rate` times `duration`.',
    reads: ['checks', base, `${base}.thresholds`, `${base}.requests`, `${base}.rate`, `${base}.duration`],
    check: about(({ thresholds = {}, requests, rate, duration = 0 }) => {
      const planned = rate === undefined ? requests : Math.round((rate * duration) / 1000);
      return Object.entries(fewest).map(([name, least]) =>
        thresholds[name as Threshold] !== undefined && planned < least
          ? {
              at: `${base}.thresholds.${name}`,
              found: `a threshold with ${planned} requests`,
              expected: `at least ${least} requests, or none of it`,
            }
          : undefined,
      );
    }),
  },
  {
    says: '`checks.performance.concurrency` is at most `requests`.',
    reads: ['checks', base, `${base}.concurrency`, `${base}.requests`],
    check: about(({ concurrency, requests }) => [
      concurrency > requests
        ? {
            at: `${base}.concurrency`,
            found: String(concurrency),
            expected: `at most requests, ${requests}`,
          }
        : undefined,
    ]),
  },
  {
    says: '`checks.performance.rate` and `duration` are given together, and `thresholds.dropped` only with them.',
    reads: ['checks', base, `${base}.rate`, `${base}.duration`, `${base}.thresholds`],
    check: about(({ rate, duration, thresholds }) => [
      (rate === undefined) === (duration === undefined)
        ? undefined
        : {
            at: `${base}.${rate === undefined ? 'duration' : 'rate'}`,
            found: rate === undefined ? 'no rate' : 'no duration',
            expected: 'both, or neither',
          },
      rate === undefined && thresholds?.dropped !== undefined
        ? {
            at: `${base}.thresholds.dropped`,
            found: 'no rate',
            expected: 'a rate: without one, each request waits until it can be sent',
          }
        : undefined,
    ]),
  },
  {
    says: 'Times of `checks.performance` are `duration` 1s to 1h, `warmUp` up to 5m, `timeout` 100ms to 2m.',
    reads: ['checks', base, `${base}.duration`, `${base}.warmUp`, `${base}.timeout`],
    check: about(({ duration, warmUp, timeout }) => [
      duration === undefined ? undefined : outside(`${base}.duration`, duration, 1000, hourMs),
      outside(`${base}.warmUp`, warmUp, 0, 300_000),
      outside(`${base}.timeout`, timeout, 100, 120_000),
    ]),
  },
  {
    says: '`checks.performance.request` has a body only where its method takes one, and not for `HEAD` text that it has to contain.',
    reads: ['checks', base, `${base}.request`],
    check: about(({ request: { method, body, expect } }) => [
      body !== undefined && (method === 'GET' || method === 'HEAD')
        ? { at: `${base}.request.body`, found: `a body of ${method}`, expected: 'POST, PUT, PATCH or DELETE' }
        : undefined,
      expect.contains !== undefined && method === 'HEAD'
        ? {
            at: `${base}.request.expect.contains`,
            found: 'text in the answer of HEAD',
            expected: 'another method: HEAD has no body',
          }
        : undefined,
    ]),
  },
];

function about(
  check: (performance: Performance) => readonly (Violation | undefined)[],
): EnvironmentRule['check'] {
  return ({ environment: { checks } }) => (checks.performance === undefined ? [] : check(checks.performance));
}
