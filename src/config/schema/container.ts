import { z } from 'zod';
import { duration } from '../units.ts';
import { anyText, count, httpPath } from './fields.ts';

const health = z
  .strictObject({
    path: httpPath.default('/health').describe('Answers 200 when the container is up.'),
    command: z
      .array(anyText, { error: 'a list such as [CMD-SHELL, "curl -f http://127.0.0.1:8080/health"]' })
      .optional()
      .describe(
        'A command inside the container instead of a request to the path: `[CMD, …]` or `[CMD-SHELL, …]`.',
      ),
    interval: duration.prefault('10s').describe('Between two checks.'),
    timeout: duration.prefault('3s').describe('How long one check may take.'),
    healthyAfter: count(1, 10)
      .default(2)
      .describe('Good checks in a row until a load balancer sends traffic.'),
    unhealthyAfter: count(1, 10).default(3).describe('Bad checks in a row until a task is replaced.'),
    startPeriod: duration.prefault('0s').describe('Bad checks do not count for this long after the start.'),
  })
  .prefault({})
  .describe('How it is seen that a container is well.');

const version = z
  .strictObject({
    path: httpPath.default('/version').describe('Answers JSON with the version that runs.'),
    json: anyText.default('version').describe('The key in that JSON.'),
  })
  .prefault({})
  .describe('How a probe learns which version answers.');

export const container = z
  .strictObject({
    port: count(1, 65_535)
      .default(8080)
      .describe('The port the container listens on; it also gets it as `PORT`.'),
    command: z
      .array(anyText, { error: 'a list: the program and its arguments' })
      .prefault([])
      .describe('The command, where it is not the image’s own.'),
    health,
    version,
    stopTimeout: duration.prefault('30s').describe('From SIGTERM to SIGKILL.'),
    logs: z
      .strictObject({ retention: duration.prefault('14d').describe('How long logs are kept.') })
      .prefault({})
      .describe('The container’s output, in CloudWatch Logs.'),
  })
  .prefault({})
  .describe('What the task definition is made of.');
