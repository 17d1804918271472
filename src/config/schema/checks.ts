import { z } from 'zod';
import { comparison } from '../units.ts';
import { anyText, count, oneOf, repositoryPath } from './fields.ts';

const test = z
  .strictObject({
    directory: repositoryPath.default('.').describe('Where the commands run.'),
    install: z.string({ error: 'a command' }).default('npm ci').describe('Installs what the tests need.'),
    lint: z
      .string({ error: 'a command' })
      .default('npm run lint --if-present')
      .describe('Lints; empty for none.'),
    unit: anyText.default('npm test').describe('Runs the tests; writes JUnit where `report` names it.'),
    report: repositoryPath
      .default('junit.xml')
      .describe('The JUnit report that the tests write, relative to the directory.'),
  })
  .optional()
  .describe('CI Tests: install, lint, unit tests.');

const integration = z
  .strictObject({
    scenarios: repositoryPath
      .default('integration/*.yml')
      .describe('HTTP scenarios to run against the deployed service.'),
    command: anyText.optional().describe('A command instead; it gets the URL as `SLUICE_URL`.'),
  })
  .optional()
  .describe('Integration Tests, against the deployed service.');

const scan = z
  .strictObject({
    failOn: z
      .array(oneOf(['critical', 'high', 'medium', 'low']), { error: 'a list of severities' })
      .default(['critical', 'high'])
      .describe('Severities that fail.'),
    waivers: repositoryPath
      .default('.sluice/waivers.yml')
      .describe('Findings that are accepted, with reason and expiry.'),
  })
  .optional()
  .describe('Security Scan.');

const uat = z
  .strictObject({
    scenarios: repositoryPath.default('uat/*.yml').describe('Acceptance scenarios in the users’ words.'),
    signOff: oneOf(['none', 'optional', 'required'])
      .default('none')
      .describe('Whether a person signs them off.'),
  })
  .optional()
  .describe('UAT Tests.');

const performance = z
  .strictObject({
    requests: count(1, 10_000_000).default(1000).describe('How many requests, as in `ab -n`.'),
    concurrency: count(1, 10_000).default(50).describe('How many at once, as in `ab -c`.'),
    thresholds: z
      .strictObject({
        errorRate: comparison.optional().describe('The share of requests that fail: `"< 0.1%"`.'),
        p50: comparison.optional().describe('The median latency: `"< 100ms"`.'),
        p95: comparison.optional().describe('The latency of 95 in 100 requests: `"< 250ms"`.'),
        p99: comparison.optional().describe('The latency of 99 in 100 requests: `"< 1s"`.'),
        throughput: comparison.optional().describe('Requests a second: `">= 100"`.'),
      })
      .optional()
      .describe('What has to hold.'),
    compareWith: oneOf(['nothing', 'previous'])
      .default('nothing')
      .describe('`previous`: it must not be worse than the release before.'),
  })
  .optional()
  .describe('Performance Tests.');

export const checkNames = ['test', 'integration', 'scan', 'uat', 'performance'] as const;

const byName = z.strictObject({ test, integration, scan, uat, performance });
const names = z
  .array(oneOf(checkNames))
  .transform((list) => byName.parse(Object.fromEntries(list.map((check) => [check, {}]))));

export const checks = z
  .union([names, byName], { error: 'a list of checks, or each with its settings' })
  .prefault(['test'])
  .describe('What has to pass: a list of names, or each with its settings.');
