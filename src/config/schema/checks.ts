import { z } from 'zod';
import { duration } from '../units.ts';
import { anyText, form, oneOf, referenceTo, repositoryPath } from './fields.ts';
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

export const scannerNames = [
  'trivy',
  'grype',
  'osv-scanner',
  'npm-audit',
  'secretlint',
  'local-advisories',
] as const;

const scannersText = `scanners, of ${scannerNames.join(', ')}`;
const scannerList = form(
  'scanners',
  new RegExp(`^(?:${scannerNames.join('|')})(?:\\s*,\\s*(?:${scannerNames.join('|')}))*$`),
  scannersText,
);

const scan = z
  .strictObject({
    tools: z
      .union(
        [
          z
            .array(oneOf(scannerNames), { error: `a list of ${scannersText}` })
            .min(1, { error: 'at least one' }),
          referenceTo(scannerList, scannersText),
        ],
        { error: `a list of ${scannersText}, or { var: NAME } of them with commas` },
      )
      .prefault(['trivy', 'npm-audit', 'secretlint'])
      .describe('The scanners that are run. One that cannot be had, or that tells nothing, is not clean.'),
    failOn: z
      .array(oneOf(['critical', 'high', 'medium', 'low']), { error: 'a list of severities' })
      .default(['critical', 'high'])
      .describe('Severities that fail: the least of them, and everything above it. A secret always fails.'),
    waivers: repositoryPath
      .default('.sluice/waivers.yml')
      .describe('Findings that are accepted, with reason and expiry.'),
    vex: z
      .array(repositoryPath, { error: 'a list of files' })
      .default([])
      .describe('OpenVEX documents, whose statements count as waivers without an expiry.'),
    databaseAge: z
      .union([duration, referenceTo(duration, 'a duration such as 48h')], {
        error: 'a duration such as 48h, or { var: NAME }',
      })
      .prefault('48h')
      .describe('How old the database of a scanner may be.'),
    advisories: repositoryPath
      .optional()
      .describe('The folder that the scanner `local-advisories` looks into, for where there is no network.'),
  })
  .optional()
  .describe('Security Scan.');

const request = form(
  'request',
  /^(?:GET|POST|PUT|PATCH|DELETE) \/\S*$/,
  'a method and a path, such as POST /api/chat',
);
const jsonKey = form('key', /^[\w$-]+$/, 'the name of a key of a JSON object');
const jsonPath = form(
  'path in JSON',
  /^[A-Za-z_$][\w$-]*(?:\.[A-Za-z_$][\w$-]*|\[\d+\])*$/,
  'a path in a JSON document, such as answer or handover.contact',
);

const chat = z
  .strictObject({
    ask: request.default('POST /api/chat').describe('The request that asks a question.'),
    question: jsonKey.default('message').describe('The key of its JSON body that has the question.'),
    conversation: jsonKey
      .default('conversationId')
      .describe('The key that names the conversation: in an answer, and in the next question.'),
    answer: jsonPath.default('answer').describe('Where the text of the answer is.'),
    message: jsonPath.default('messageId').describe('Where the identity of the answer is.'),
    known: jsonPath.default('known').describe('Where it is said whether the service knew the answer.'),
    sources: jsonPath
      .default('sources')
      .describe(
        'Where the list of sources is; what a source is called and where it is, in any of its texts.',
      ),
    contact: jsonPath
      .default('handover.contact')
      .describe('Where the contact is that is offered to whom the service cannot help.'),
    feedback: request
      .default('POST /api/messages/${message}/feedback')
      .describe('The request that says whether an answer helped.'),
    helpful: jsonKey
      .default('helpful')
      .describe('The key that says so: true or false, in the request and in the history.'),
    history: request
      .default('GET /api/conversations/${conversation}')
      .describe('The request that reads a conversation again.'),
  })
  .describe('How the service is talked to, where it differs from the chatbot of Sluice.');

/** How a service is talked to, whatever sluice.yml leaves out. */
export type ChatProfile = z.output<typeof chat>;

/** The profile of the chatbot in `service/`, for environments that describe no other. */
export const chatProfile = (written: ChatProfile | undefined): ChatProfile => written ?? chat.parse({});

const uat = z
  .strictObject({
    scenarios: repositoryPath.default('uat/*.yml').describe('Acceptance scenarios in the users’ words.'),
    signOff: oneOf(['none', 'optional', 'required'])
      .default('none')
      .describe('Whether a person signs them off.'),
    browser: oneOf(['optional', 'required'])
      .default('optional')
      .describe(
        'What page checks do where no Chrome or Chromium is there: they are skipped, or the check fails.',
      ),
    chat: chat.optional(),
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
