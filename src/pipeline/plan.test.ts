import { type Config, parseConfig } from '../config/index.ts';
import { readEvent } from '../github/index.ts';
import { plan } from './plan.ts';

const sha = 'a'.repeat(40);

const text = `service: chatbot
environments:
  development:
    on: { branch: develop }
    url: http://dev
    security: { level: relaxed }
    tls: { mode: none }
    compute: { instance: t3.micro }
    checks: [test, integration]
  staging:
    on: { branch: main }
    url: https://stg
    compute: { instance: t3.small }
    checks: [test, scan, uat, performance]
  production:
    on: { tag: 'v*.*.*' }
    url: https://www
    compute: { instance: t3.medium }
    approval: { reviewers: 1 }
    loadBalancer: { targetGroup: a, alternateTargetGroup: b, productionRule: c, testRule: d, role: e }
    deploy: { strategy: blue-green, bake: 10m }
    promote: { from: staging, require: [scan] }
    checks: []
`;

function config(): Config {
  const loaded = parseConfig(text, 'sluice.yml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 1));
  return loaded.config;
}

const planFor = (ref: string, environment?: string) =>
  plan({ config: config(), event: readEvent({ eventName: 'push', ref }), sha, environment });

describe('planning a run', () => {
  it('takes a branch to its environment, as the commit', () => {
    expect(planFor('refs/heads/develop')).toEqual({
      kind: 'deploy',
      environment: 'development',
      version: sha,
      tag: undefined,
      stages: [
        { name: 'CI Tests', kind: 'test' },
        { name: 'Build Image', kind: 'build' },
        { name: 'Deploy to DEV', kind: 'deploy' },
        { name: 'Integration Tests', kind: 'integration' },
      ],
    });
  });

  it('names the stages of staging and production as their users know them', () => {
    const names = (ref: string) => {
      const decided = planFor(ref);
      return decided.kind === 'deploy' ? decided.stages.map(({ name }) => name) : decided.reason;
    };
    expect(names('refs/heads/main')).toEqual([
      'CI Tests',
      'Build Image',
      'Security Scan',
      'Deploy to STG',
      'UAT Tests',
      'Performance Tests',
    ]);
    expect(names('refs/tags/v1.2.3')).toEqual([
      'Manual Approval',
      'Blue-Green Deploy',
      'Health Checks',
      'Traffic Switch',
      'Monitoring',
    ]);
  });

  it.each([
    ['refs/tags/v1.2.3', '1.2.3'],
    ['refs/tags/v1.2.3-rc.1', '1.2.3-rc.1'],
    ['refs/tags/v10.20.30+build.5', '10.20.30+build.5'],
  ])('takes %s as version %s, to be proven a release', (ref, version) => {
    expect(planFor(ref)).toMatchObject({ environment: 'production', version, tag: ref.slice(10) });
  });

  it.each([
    ['refs/heads/feature/x', undefined, 'No environment of sluice.yml answers to branch feature/x'],
    ['refs/tags/nightly', undefined, 'No environment of sluice.yml answers to tag nightly'],
    [
      'refs/heads/main',
      'development',
      'The branch main goes to staging, and this workflow is for development',
    ],
    ['refs/pull/3/merge', undefined, 'A pull request deploys nothing'],
    ['refs/notes/x', undefined, 'This ref is neither a branch nor a tag'],
  ])('deploys nothing for %s', (ref, environment, reason) => {
    expect(planFor(ref, environment)).toEqual({ kind: 'nothing', reason });
  });
});
