import { z } from 'zod';
import { anyText, oneOf, repositoryPath } from './fields.ts';
import { performance } from './performance.ts';

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

export const checkNames = ['test', 'integration', 'scan', 'uat', 'performance'] as const;

const byName = z.strictObject({ test, integration, scan, uat, performance });
const names = z
  .array(oneOf(checkNames))
  .transform((list) => byName.parse(Object.fromEntries(list.map((check) => [check, {}]))));

export const checks = z
  .union([names, byName], { error: 'a list of checks, or each with its settings' })
  .prefault(['test'])
  .describe('What has to pass: a list of names, or each with its settings.');
