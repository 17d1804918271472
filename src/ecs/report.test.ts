import { deploymentSummary } from './report.ts';
import { noTraffic, type DeployResult } from './result.ts';
import { environmentOf, release } from './environment.fixture.ts';
import { buildTaskDefinition } from './task-definition/build.ts';
import { diffTaskDefinitions } from './task-definition/diff.ts';

const result: DeployResult = {
  state: 'deployed',
  why: undefined,
  blame: undefined,
  traffic: noTraffic,
  deployment: 'arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop-dev/shop/abc',
  taskDefinition: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-development:2',
  registered: true,
  attached: false,
  differences: [{ path: 'shop.environment.LOG_LEVEL', before: 'INFO', after: 'DEBUG' }],
  migration: undefined,
  proof: [
    { what: 'ECS reports the deployment successful', verdict: 'holds', found: 'SUCCESSFUL' },
    { what: 'All traffic goes to its target group', verdict: 'does not apply', found: 'no load balancer' },
  ],
  evidence: undefined,
  timeline: [
    { what: 'Preflight', ms: 400 },
    { what: 'Rollout', ms: 62_000 },
  ],
};
const summary = (changes: Partial<DeployResult> = {}): string =>
  deploymentSummary(
    { ...result, ...changes },
    { environment: environmentOf(), release, calls: 42 },
  ).toString();

describe('the summary of a deployment', () => {
  it('says what was deployed, whether it is proven, what changed, how long it took and how many calls', () => {
    const text = summary();
    expect(text).toContain('### Deployed, and proven: shop in development');
    expect(text).toContain('| Version | `1.2.3` |');
    expect(text).toContain('| Task definition | `shop-development:2` |');
    expect(text).toContain('1 min 2 s (preflight 400 ms, rollout 1 min 2 s)');
    expect(text).toContain('| AWS calls | 42 |');
    expect(text).toContain('| ✅ | ECS reports the deployment successful | `SUCCESSFUL` |');
    expect(text).toContain('| – | All traffic goes to its target group | `no load balancer` |');
    expect(text).toContain('| `shop.environment.LOG_LEVEL` | `INFO` | `DEBUG` |');
  });

  it('says why, what was done about it, and shows the evidence of a failure', () => {
    const text = summary({
      state: 'rolled-back',
      why: 'tasks failed to start',
      proof: undefined,
      evidence: {
        tasks: [
          {
            id: '0123456789abcdef',
            stopCode: 'EssentialContainerExited',
            stoppedReason: 'Essential container in task exited',
            containers: [
              {
                name: 'shop',
                exitCode: 3,
                reason: undefined,
                health: 'UNKNOWN',
                lastLines: ['no | key', '</details>'],
              },
            ],
          },
        ],
        events: ['12:00:00 (service shop) has started 1 tasks'],
        gaps: ['The log of sidecar: denied'],
      },
    });
    expect(text).toContain('### Rolled back: shop in development');
    expect(text).toContain('**tasks failed to start**');
    expect(text).toContain('ECS went back to the revision before');
    expect(text).toContain(
      '| `0123456789ab` | `shop` | 3 | UNKNOWN | Essential container in task exited (EssentialContainerExited) |',
    );
    expect(text).toContain('```\nno | key\n</details>\n```');
    expect(text).toContain('has started 1 tasks');
    expect(text).toContain('- The log of sidecar: denied');
  });

  it('shows a migration that failed with its exit code and log, and says that nothing was moved', () => {
    const text = summary({
      state: 'failed',
      why: 'The migration failed: it ended with exit code 1',
      deployment: '',
      proof: undefined,
      migration: {
        state: 'failed',
        task: 'arn:aws:ecs:eu-west-1:123456789012:task/shop-dev/0123456789abcdef',
        attached: false,
        exitCode: 1,
        lastLines: ['adding a column', 'relation "order" does not exist'],
        gap: undefined,
        failure: { why: 'it ended with exit code 1', blame: 'release' },
      },
    });
    expect(text).toContain('Nothing was moved: what served before serves.');
    expect(text).toContain('| ❌ | `0123456789abcdef` | 1 |');
    expect(text).toContain('```\nadding a column\nrelation "order" does not exist\n```');
  });

  it('has no value of a secret that changed', () => {
    const build = (literal: string) =>
      buildTaskDefinition(environmentOf({ secrets: { PEPPER: { literal } } }), release, {});
    const text = summary({
      differences: diffTaskDefinitions(build('hot-1'), build('hot-2'), new Set(['PEPPER'])),
    });
    expect(text).toContain('| `shop.environment.PEPPER` | `*** (old)` | `*** (new)` |');
    expect(text).not.toMatch(/hot-[12]/);
  });

  it('does not pretend to know what was never begun', () => {
    const text = summary({
      state: 'cancelled',
      why: 'The job was cancelled before anything was touched',
      deployment: '',
      taskDefinition: '',
      registered: false,
      proof: undefined,
      differences: [],
    });
    expect(text).toContain('| Task definition | – |');
    expect(text).toContain('| Service deployment | – |');
  });
});
