import { z } from 'zod';
import { duration, percent } from '../units.ts';
import { boolean, count, oneOf, text, url } from './fields.ts';

const stepPercent = 'a number from 0.1 to 100';

const steps = z
  .strictObject({
    percent: z
      .number({ error: stepPercent })
      .min(0.1, { error: stepPercent })
      .max(100, { error: stepPercent })
      .default(10)
      .describe('Canary: the first share. Linear: each step.'),
    every: duration.prefault('5m').describe('How long a step lasts, in whole minutes.'),
  })
  .optional()
  .describe('Canary and linear: how the traffic moves.');

const gate = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.array(oneOf(values), { error: `a list of ${values.join(', ')}` }).prefault([]);

const gates = z
  .strictObject({
    beforeTraffic: gate(['health', 'smoke']).describe('On the test listener, before users.'),
    eachStep: gate(['analysis']).describe('Canary and linear: before each step.'),
    afterTraffic: gate(['analysis', 'business']).describe('With all traffic on the new version.'),
  })
  .optional()
  .describe('Where ECS pauses, and what has to hold there.');

const analysis = z
  .strictObject({
    errorMargin: percent
      .prefault('1%')
      .describe('How many more requests in a hundred the new version may answer with an error.'),
    latencyMargin: percent
      .prefault('25%')
      .describe('How much slower the new version may be. Less than 10 ms never count.'),
    confidence: percent
      .prefault('95%')
      .describe('How sure a `fail` has to be. With 95%, at most 5 in 100 good versions fail.'),
    minimumRequests: count(20, 10_000_000)
      .default(350)
      .describe('Requests of each version below which there is no verdict.'),
  })
  .prefault({})
  .describe('What the analysis of the traffic tolerates.');

export const deploy = z
  .strictObject({
    strategy: oneOf(['rolling', 'blue-green', 'canary', 'linear'])
      .default('rolling')
      .describe('How the new version takes over.'),
    minimumHealthy: count(0, 100).default(100).describe('Rolling: percent of the tasks that stay up.'),
    maximum: count(100, 200).default(200).describe('Rolling: percent of the tasks that may be there.'),
    circuitBreaker: boolean
      .default(true)
      .describe('Rolling: whether ECS gives up on a version whose tasks fail, and goes back.'),
    steps,
    bake: duration
      .prefault('0s')
      .describe('Other than rolling: how long the old version stays after the switch, in whole minutes.'),
    gates,
    analysis,
    gateTimeout: duration
      .prefault('30m')
      .describe('After this long without an answer ECS rolls back by itself; in whole minutes.'),
    alarms: z
      .array(text, { error: 'a list of alarm names' })
      .prefault([])
      .describe('CloudWatch alarms that roll back.'),
    timeout: duration.prefault('20m').describe('How long a whole deployment may take.'),
  })
  .prefault({})
  .describe('How a new version takes over.');

export const loadBalancer = z
  .strictObject({
    targetGroup: text.describe('The target group’s ARN; the blue one of two.'),
    alternateTargetGroup: text.optional().describe('The other target group, for blue-green.'),
    productionRule: text.optional().describe('The listener rule that users’ requests go through.'),
    testRule: text.optional().describe('The listener rule that reaches the new version before users do.'),
    testUrl: url
      .optional()
      .describe('Where the test rule answers; the load balancer’s own name and port, where it is left out.'),
    role: text.optional().describe('The role that ECS moves the traffic with.'),
  })
  .optional()
  .describe('The load balancer in front.');

export const proof = z
  .strictObject({
    answers: count(1, 100)
      .default(3)
      .describe('Good answers of the new version in a row, through the front door.'),
    within: duration.prefault('60s').describe('How long to wait for them.'),
  })
  .prefault({})
  .describe('When a deployment counts as serving.');
