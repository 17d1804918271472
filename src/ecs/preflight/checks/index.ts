import type { ResolvedEnvironment } from '../../../config/index.ts';
import type { Release, TaskDefinition } from '../../task-definition/build.ts';
import type { Check, Direction, Facts, Gathered, Objection } from '../facts.ts';
import { alarmChecks } from './alarms.ts';
import { imageChecks } from './image.ts';
import { infrastructureChecks } from './infrastructure.ts';
import { loadBalancerChecks } from './load-balancer.ts';
import { roleChecks } from './roles.ts';

const checks: readonly Check[] = [
  ...infrastructureChecks,
  ...imageChecks,
  ...roleChecks,
  ...loadBalancerChecks,
  ...alarmChecks,
  frontDoor,
];

/**
 * All that speaks against starting, at once.
 * @param own the user's own task definition, where sluice.yml names one
 * @param direction `back`: to a release that is known to be good, when what runs may be what is wrong
 */
export function objections(
  gathered: Gathered,
  environment: ResolvedEnvironment,
  release: Release,
  own?: TaskDefinition,
  direction: Direction = 'forward',
): Objection[] {
  const facts: Facts = { gathered, environment, release, own, direction };
  return checks
    .flatMap((check) => check(facts) ?? [])
    .filter((objection) => objection !== undefined)
    .filter(({ what }, index, all) => all.findIndex((other) => other.what === what) === index);
}

/** Without an address there is nothing to prove a deployment at. */
function frontDoor({ environment: { url, name } }: Facts): Objection | undefined {
  if (url === undefined) {
    return {
      what: 'It is not known where users reach the service, and so it cannot be proven what they get',
      remedy: `Set environments.${name}.url in sluice.yml`,
    };
  }
  return /^https?:$/.test(URL.parse(url)?.protocol ?? '')
    ? undefined
    : {
        what: `"${url}" is no address that can be asked`,
        remedy: `Set environments.${name}.url in sluice.yml to one such as https://example.org`,
      };
}
