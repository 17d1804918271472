import type { Clock, Cloud } from './cloud/index.ts';
import type { Side, Traffic, TrafficSecond, TrafficSource } from './hub/traffic.ts';
import type { LoadBalancerArns } from './seed/load-balancer.ts';

/** An environment whose traffic can be looked at. */
export interface WatchedEnvironment {
  readonly cluster: string;
  readonly service: string;
  /** Where users reach it. */
  readonly url: string;
  readonly loadBalancer: LoadBalancerArns;
}

type Colour = Side['colour'];

/**
 * What the hub's pages show of an environment's traffic, read from the cloud when it is asked for: the weights that
 * the data plane has, the versions of the tasks behind them, ECS's stage, and the requests of the last minutes.
 */
export function trafficOf(
  cloud: Cloud,
  clock: Clock,
  environments: ReadonlyMap<string, WatchedEnvironment>,
): TrafficSource {
  return {
    environments: () => [...environments.keys()],
    traffic: (name) => {
      const environment = environments.get(name);
      return environment === undefined ? undefined : trafficIn(cloud, clock, name, environment);
    },
    onChange: (listener) =>
      cloud.elb.loadBalancing.onTargetChange((targetGroupArn) => {
        for (const [name, { loadBalancer }] of environments) {
          if (colourOf(loadBalancer, targetGroupArn) !== undefined) listener(name);
        }
      }),
  };
}

function trafficIn(cloud: Cloud, clock: Clock, name: string, environment: WatchedEnvironment): Traffic {
  const { loadBalancer, url } = environment;
  return {
    environment: name,
    url,
    sides: sidesOf(cloud, loadBalancer),
    shift: shiftOf(cloud, clock, environment),
    seconds: cloud.elb.traffic(loadBalancer.loadBalancer).map(({ at, requests, failed }) => ({
      at,
      requests: byColour(loadBalancer, requests),
      failed: byColour(loadBalancer, failed),
    })),
  };
}

function sidesOf(cloud: Cloud, loadBalancer: LoadBalancerArns): Side[] {
  const groups: readonly (readonly [Colour, string | undefined])[] = [
    ['blue', loadBalancer.targetGroup],
    ['green', loadBalancer.alternateTargetGroup],
  ];
  const forward = cloud.elb.liveForward(loadBalancer.productionRule);
  const total = forward.reduce((sum, { weight }) => sum + weight, 0);
  return groups.flatMap(([colour, arn]) => {
    if (arn === undefined) return [];
    const weight = forward.find(({ targetGroupArn }) => targetGroupArn === arn)?.weight ?? 0;
    const targets = cloud.elb.loadBalancing.targetHealth(arn);
    return [
      {
        colour,
        version: versionBehind(cloud, arn),
        percent: total === 0 ? 0 : (100 * weight) / total,
        healthyTargets: targets.filter(({ state }) => state === 'healthy').length,
        targets: targets.length,
      },
    ];
  });
}

/** What the newest task that is registered with a target group says it is, by its environment. */
function versionBehind(cloud: Cloud, targetGroupArn: string): string | undefined {
  const task = cloud.ecs.tasks
    .list()
    .filter(
      ({ targets, lastStatus }) =>
        lastStatus !== 'STOPPED' && targets.some((one) => one.targetGroupArn === targetGroupArn),
    )
    .sort((a, b) => b.createdAt - a.createdAt)[0];
  const definition = cloud.ecs.save().taskDefinitions.find(({ arn }) => arn === task?.taskDefinitionArn);
  return definition?.definition.containerDefinitions
    .flatMap(({ environment }) => environment ?? [])
    .find(({ name }) => name === 'SLUICE_VERSION')?.value;
}

function shiftOf(cloud: Cloud, clock: Clock, { cluster, service }: WatchedEnvironment): Traffic['shift'] {
  const found = cloud.ecs
    .save()
    .services.find(
      ({ name, clusterArn, status }) =>
        name === service && clusterArn.endsWith(`/${cluster}`) && status === 'ACTIVE',
    );
  const [deployment] = found?.deployments ?? [];
  if (deployment?.finishedAt !== undefined || deployment?.shift === undefined) return undefined;
  // The cloud's clock may run fast; whoever looks at the page has the machine's.
  const ago = (clock.now().getTime() - (deployment.startedAt ?? deployment.createdAt)) / clock.scale;
  return {
    stage: deployment.shift.stage,
    status: deployment.status,
    startedAt: new Date(Date.now() - ago).toISOString(),
  };
}

function byColour(
  loadBalancer: LoadBalancerArns,
  counts: Readonly<Record<string, number>>,
): TrafficSecond['requests'] {
  const sums: Partial<Record<Colour | 'none', number>> = {};
  for (const [arn, count] of Object.entries(counts)) {
    const colour = colourOf(loadBalancer, arn) ?? 'none';
    sums[colour] = (sums[colour] ?? 0) + count;
  }
  return sums;
}

function colourOf(
  { targetGroup, alternateTargetGroup }: LoadBalancerArns,
  targetGroupArn: string,
): Colour | undefined {
  if (targetGroupArn === targetGroup) return 'blue';
  return targetGroupArn === alternateTargetGroup ? 'green' : undefined;
}
