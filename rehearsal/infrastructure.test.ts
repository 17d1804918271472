import { parseConfig } from '../src/config/index.ts';
import { variablesOf, type RehearsedEnvironment } from './infrastructure.ts';

const place = { accountId: '000000000000', port: 4491, testPort: 0, databaseUrl: '' };

function rehearsed(scan: string, given: Readonly<Record<string, string>> = {}): RehearsedEnvironment {
  const loaded = parseConfig(
    `service: chatbot
environments:
  staging:
    on: { branch: main }
    url: { var: URL, default: https://staging.example.org }
    compute: { instance: t3.micro, count: 1, cpu: 256, memory: 512 }
    network: { mode: bridge, hostPort: 80 }
    checks: { scan: ${scan} }
`,
    'sluice.yml',
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { config } = loaded;
  return variablesOf(config, 'staging', config.environments['staging']!, place, undefined, given);
}

const chosen = "tools: { var: TOOLS, default: 'trivy' }, databaseAge: { var: AGE, default: 48h }";

describe('the variables of a rehearsed environment', () => {
  it('choose the scanners that need no network, for the job that is bound to no environment', () => {
    expect(rehearsed(`{ ${chosen}, advisories: .sluice/advisories }`)).toMatchObject({
      ofTheRepository: { TOOLS: 'local-advisories, secretlint', AGE: '3650d' },
      notes: [],
    });
    const { ofTheRepository, variables } = rehearsed(`{ ${chosen} }`);
    expect(ofTheRepository).toMatchObject({ TOOLS: 'secretlint' });
    expect(Object.keys(variables)).toEqual(['URL']);
  });

  it('are the ones that were given, where some were', () => {
    expect(rehearsed(`{ ${chosen} }`, { TOOLS: 'grype' }).ofTheRepository).toMatchObject({ TOOLS: 'grype' });
  });

  it('say which scanners sluice.yml names outright that need the network', () => {
    expect(rehearsed('{ tools: [trivy, secretlint] }').notes).toEqual([
      expect.stringContaining('environments.staging.checks.scan.tools has trivy, which need the network'),
    ]);
  });
});
