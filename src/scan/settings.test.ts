import { parseConfig } from '../config/index.ts';
import { readSettings, statedSettings, type ScanSettings } from './settings.ts';

function settings(
  scan: string,
  variables: Readonly<Record<string, string>> = {},
  read: typeof readSettings = readSettings,
): ScanSettings {
  const loaded = parseConfig(
    `service: chatbot
environments:
  staging:
    on: { branch: main }
    compute: { instance: t3.micro, count: 1, cpu: 256, memory: 512 }
    network: { mode: bridge, hostPort: 80 }
    aws: { role: { var: AWS_ROLE_STAGING } }
    checks: { scan: ${scan} }
`,
    'sluice.yml',
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return read('staging', loaded.config.environments['staging']!, variables);
}

const chosen =
  "{ tools: { var: TOOLS, default: 'trivy, secretlint' }, databaseAge: { var: AGE, default: 48h } }";

describe('checks.scan', () => {
  it('has scanners and limits where it says nothing', () => {
    expect(settings('{}')).toEqual({
      scanners: ['trivy', 'npm-audit', 'secretlint'],
      chosenBy: undefined,
      failOn: ['critical', 'high'],
      waivers: '.sluice/waivers.yml',
      vex: [],
      databaseAgeMs: 48 * 3_600_000,
      advisories: undefined,
    });
  });

  it('is read without the variables that the rest of the environment needs', () => {
    expect(settings(chosen, { TOOLS: '' })).toMatchObject({
      scanners: ['trivy', 'secretlint'],
      chosenBy: undefined,
      databaseAgeMs: 48 * 3_600_000,
    });
  });

  it('says which scanners a variable left out', () => {
    expect(settings(chosen, { TOOLS: 'local-advisories,secretlint', AGE: '30d' })).toMatchObject({
      scanners: ['local-advisories', 'secretlint'],
      chosenBy: { variable: 'TOOLS', instead: ['trivy'] },
      databaseAgeMs: 30 * 24 * 3_600_000,
    });
  });

  it.each([
    [{ TOOLS: 'secretlint, snyk' }, 'The GitHub variable TOOLS is not as it has to be'],
    [{ TOOLS: ',' }, 'The GitHub variable TOOLS is not as it has to be'],
    [{ AGE: 'forever' }, 'The GitHub variable AGE is not as it has to be'],
  ])('refuses %j', (variables, message) => {
    expect(() => settings(chosen, variables)).toThrow(message);
  });

  it('says itself what is asked for, whatever a variable says, unless it leaves that to the variable alone', () => {
    const variables = { TOOLS: 'secretlint', AGE: '9000d' };
    expect(settings(chosen, variables, statedSettings)).toMatchObject({
      scanners: ['trivy', 'secretlint'],
      databaseAgeMs: 48 * 3_600_000,
      chosenBy: undefined,
    });
    const left = '{ tools: { var: TOOLS }, databaseAge: { var: AGE, default: 48h } }';
    expect(settings(left, variables, statedSettings)).toMatchObject({
      scanners: ['secretlint'],
      databaseAgeMs: 48 * 3_600_000,
    });
  });

  it('refuses scanners that there are not, with the line', () => {
    expect(() => settings('{ tools: [trivyy] }')).toThrow('trivy');
    expect(() => settings('{ tools: [] }')).toThrow('at least one');
  });
});
