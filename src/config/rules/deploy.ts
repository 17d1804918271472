import { outsideMinutes, outside, type EnvironmentRule } from './rule.ts';

const hourMs = 3_600_000;

/** The ranges are ECS's own (API reference: DeploymentConfiguration, TimeoutConfiguration). */
export const deployRules: readonly EnvironmentRule[] = [
  {
    says: 'A strategy other than `rolling` has a load balancer with two target groups, a production rule and a role to shift traffic with.',
    reads: [
      'deploy.strategy',
      'loadBalancer.targetGroup',
      'loadBalancer.alternateTargetGroup',
      'loadBalancer.productionRule',
      'loadBalancer.role',
    ],
    check: ({ environment: { deploy, loadBalancer } }) => {
      if (deploy.strategy === 'rolling') return [];
      const needed = ['targetGroup', 'alternateTargetGroup', 'productionRule', 'role'] as const;
      const missing = needed.filter((key) => loadBalancer?.[key] === undefined);
      return missing.length === 0
        ? []
        : [
            {
              at: 'deploy.strategy',
              found: `"${deploy.strategy}" without loadBalancer.${missing.join(', ')}`,
              expected: 'rolling, or a loadBalancer that traffic can be shifted on',
            },
          ];
    },
  },
  {
    says: '`steps` and `gates.eachStep` belong to `canary` and `linear`.',
    reads: ['deploy.strategy', 'deploy.steps', 'deploy.gates.eachStep'],
    check: ({ environment: { deploy } }) => {
      if (deploy.strategy === 'canary' || deploy.strategy === 'linear') return [];
      const expected = `the strategy canary or linear: ${deploy.strategy} has no steps`;
      return [
        deploy.steps === undefined ? undefined : { at: 'deploy.steps', found: 'steps', expected },
        (deploy.gates?.eachStep.length ?? 0) === 0
          ? undefined
          : { at: 'deploy.gates.eachStep', found: 'a gate at each step', expected },
      ];
    },
  },
  {
    says: '`bake` and `gates` do not belong to `rolling`.',
    reads: ['deploy.strategy', 'deploy.bake', 'deploy.gates'],
    check: ({ environment: { deploy } }) => {
      if (deploy.strategy !== 'rolling') return [];
      const expected =
        'the strategy blue-green, canary or linear: rolling keeps no old version to go back to';
      return [
        deploy.bake === 0 ? undefined : { at: 'deploy.bake', found: 'a bake', expected },
        deploy.gates === undefined ? undefined : { at: 'deploy.gates', found: 'gates', expected },
      ];
    },
  },
  {
    says: '`gates.beforeTraffic` has a `loadBalancer.testRule` to reach the new version through.',
    reads: ['deploy.gates.beforeTraffic', 'loadBalancer.testRule', 'deploy.strategy'],
    check: ({ environment: { deploy, loadBalancer } }) => [
      deploy.strategy !== 'rolling' &&
      (deploy.gates?.beforeTraffic.length ?? 0) > 0 &&
      loadBalancer?.testRule === undefined
        ? {
            at: 'deploy.gates.beforeTraffic',
            found: 'a gate without loadBalancer.testRule',
            expected: 'the listener rule that reaches the new version before users do',
          }
        : undefined,
    ],
  },
  {
    says: 'A gate with `business` has metrics under `business` to look at.',
    reads: ['deploy.gates.afterTraffic', 'business'],
    check: ({ environment: { deploy, business } }) => [
      deploy.gates?.afterTraffic.includes('business') === true && Object.keys(business).length === 0
        ? {
            at: 'deploy.gates.afterTraffic',
            found: 'business, without a metric',
            expected: 'a metric under the environment’s business, or a gate without it',
          }
        : undefined,
    ],
  },
  {
    says: '`deploy.analysis.confidence` is 80% to 99.9%.',
    reads: ['deploy.analysis.confidence'],
    check: ({ environment: { deploy } }) => {
      const { confidence } = deploy.analysis;
      return [
        confidence < 80 || confidence > 99.9
          ? { at: 'deploy.analysis.confidence', found: `${confidence}%`, expected: '80% to 99.9%' }
          : undefined,
      ];
    },
  },
  {
    says: '`bake` is 0 to 24h, `steps.every` 0 to 24h, `gateTimeout` 1m to 14d, all in whole minutes.',
    reads: ['deploy.bake', 'deploy.gateTimeout', 'deploy.steps.every'],
    check: ({ environment: { deploy } }) => [
      outsideMinutes('deploy.bake', deploy.bake, 0, 1440),
      outsideMinutes('deploy.gateTimeout', deploy.gateTimeout, 1, 20_160),
      deploy.steps === undefined
        ? undefined
        : outsideMinutes('deploy.steps.every', deploy.steps.every, 0, 1440),
    ],
  },
  {
    says: '`steps.percent` is 3 to 100 with the strategy `linear`.',
    reads: ['deploy.strategy', 'deploy.steps.percent'],
    check: ({ environment: { deploy } }) => [
      deploy.strategy === 'linear' && deploy.steps !== undefined && deploy.steps.percent < 3
        ? {
            at: 'deploy.steps.percent',
            found: String(deploy.steps.percent),
            expected: '3 to 100 with the strategy linear',
          }
        : undefined,
    ],
  },
  {
    says: '`minimumHealthy` is below 100 or `maximum` above it: with both at 100, nothing could move.',
    reads: ['deploy.strategy', 'deploy.minimumHealthy', 'deploy.maximum'],
    check: ({ environment: { deploy } }) => [
      deploy.strategy === 'rolling' && deploy.minimumHealthy === 100 && deploy.maximum === 100
        ? {
            at: 'deploy.maximum',
            found: '100, with minimumHealthy at 100',
            expected: 'minimumHealthy below 100 or maximum above it',
          }
        : undefined,
    ],
  },
  {
    says: '`deploy.timeout` is 1s to 5d, as long as a job may run, and longer than steps and bake take together.',
    reads: ['deploy.timeout', 'deploy.bake', 'deploy.steps', 'deploy.strategy'],
    check: ({ environment: { deploy } }) => {
      const withinLimits = outside('deploy.timeout', deploy.timeout, 1000, 5 * 24 * hourMs);
      if (withinLimits !== undefined) return [withinLimits];
      const shift = shiftTime(deploy);
      return [
        shift > 0 && deploy.timeout <= shift
          ? {
              at: 'deploy.timeout',
              found: `${deploy.timeout / 60_000}m`,
              expected: `more than steps and bake take together, ${Math.ceil(shift / 60_000)}m`,
            }
          : undefined,
      ];
    },
  },
  {
    says: '`proof.within` is 1s to 1h.',
    reads: ['proof.within'],
    check: ({ environment: { proof } }) => [outside('proof.within', proof.within, 1000, hourMs)],
  },
];

/** How long ECS takes to move the traffic, without waiting at gates. */
function shiftTime({
  strategy,
  steps,
  bake,
}: Parameters<EnvironmentRule['check']>[0]['environment']['deploy']) {
  switch (strategy) {
    case 'rolling':
      return 0;
    case 'blue-green':
      return bake;
    case 'canary':
      return bake + (steps?.every ?? 0);
    case 'linear':
      // No wait after the last step (ECS: LinearConfiguration).
      return bake + (Math.ceil(100 / (steps?.percent ?? 10)) - 1) * (steps?.every ?? 0);
  }
}
