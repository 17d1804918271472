import type { ResolvedEnvironment } from '../config/index.ts';

/**
 * The environment as a rollback deploys to it: users are back on a release that served before, as soon as it is
 * healthy. No steps, because every step leaves users on the release that is being left; no gates, because there is
 * nothing to find out about a release that served; no alarms, because they may be firing for the release that is being
 * left; no bake, because nobody wants to go back to that one.
 */
export function forRollback(environment: ResolvedEnvironment): ResolvedEnvironment {
  const { deploy } = environment;
  return deploy.strategy === 'rolling'
    ? { ...environment, deploy: { ...deploy, alarms: [] } }
    : {
        ...environment,
        deploy: {
          ...deploy,
          strategy: 'blue-green',
          steps: undefined,
          gates: undefined,
          bake: 0,
          alarms: [],
        },
      };
}
