import { z } from 'zod';
import { comparison, duration } from '../units.ts';
import { anyText, count, httpPath, oneOf } from './fields.ts';

const expectation = z
  .strictObject({
    status: z
      .array(count(200, 599), { error: 'a list of status codes' })
      .min(1, { error: 'at least one status code' })
      .optional()
      .describe('The statuses that are right. Left out: 200 to 299.'),
    contains: anyText
      .optional()
      .describe('Text that each answer has to hold. Left out: an answer only must not be empty.'),
  })
  .prefault({})
  .describe('What a right answer is.');

const request = z
  .strictObject({
    method: oneOf(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET').describe('The method.'),
    path: httpPath.default('/').describe('The path, below the environment’s URL.'),
    headers: z
      .record(z.string(), z.string(), { error: 'names of headers and their text' })
      .default({})
      .describe('Headers, without secrets.'),
    body: z.string({ error: 'text' }).optional().describe('The body, as it is sent.'),
    expect: expectation,
  })
  .prefault({})
  .describe('The request that is sent again and again.');

const thresholds = z
  .strictObject({
    errorRate: comparison
      .optional()
      .describe('The share of requests that fail: `"< 0.1%"`. Left out: less than 1 %.'),
    p50: comparison.optional().describe('The median latency: `"< 100ms"`.'),
    p95: comparison.optional().describe('The latency of 95 in 100 requests: `"< 250ms"`.'),
    p99: comparison.optional().describe('The latency of 99 in 100 requests: `"< 1s"`. Needs 1,000 requests.'),
    p999: comparison
      .optional()
      .describe('The latency of 999 in 1,000 requests: `"< 2s"`. Needs 10,000 requests.'),
    throughput: comparison.optional().describe('Right answers a second: `">= 100"`.'),
    dropped: comparison
      .optional()
      .describe('With `rate`: the share of requests that could not be sent: `"< 0.1%"`. Left out: none.'),
  })
  .optional()
  .describe('What has to hold.');

/** A closed model (`requests`, `concurrency`), or where `rate` is given an open one (`rate`, `duration`). */
export const performance = z
  .strictObject({
    requests: count(1, 10_000_000).default(1000).describe('How many requests, as in `ab -n`.'),
    concurrency: count(1, 10_000).default(50).describe('How many at once, as in `ab -c`.'),
    rate: count(1, 100_000)
      .optional()
      .describe('Requests a second that come whether or not the service keeps up, instead of the two above.'),
    duration: duration.optional().describe('How long they come: from 1s to 1h.'),
    warmUp: duration.default(2000).describe('How long it is asked beforehand, without counting: up to 5m.'),
    timeout: duration.default(10_000).describe('How long a request may take: from 100ms to 2m.'),
    request,
    thresholds,
    compareWith: oneOf(['nothing', 'previous'])
      .default('nothing')
      .describe('`previous`: it must not be slower than the release before, where both can be reached.'),
  })
  .optional()
  .describe('Performance Tests.');
