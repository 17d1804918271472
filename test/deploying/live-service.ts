import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTaskDefinitionsCommand,
  type ServiceDeployment,
} from '@aws-sdk/client-ecs';
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Account } from './account.ts';

/** What AWS says of the service and of its traffic. */
export interface LiveService {
  readonly ecs: ECSClient;
  /** What ECS has. Deployments newest first. */
  state(): Promise<{ taskDefinitions: number; deployments: string[]; taskDefinition: string | undefined }>;
  /** The newest deployment. */
  newest(): Promise<ServiceDeployment | undefined>;
  /** Waits until the newest deployment is as wanted. */
  until(
    what: string,
    holds: (deployment: ServiceDeployment) => boolean,
    limitMs?: number,
  ): Promise<ServiceDeployment>;
  /** The live weights of the production rule, by the target group's name. */
  weights(): Promise<Readonly<Record<string, number>>>;
  /** Writes weights by hand, as somebody else does. */
  setWeights(blue: number, green: number): Promise<void>;
  /** What answers at the front door. */
  answers(): Promise<string | undefined>;
}

export function liveService({
  trial,
  balancer,
  url,
}: Account): LiveService & { readonly destroy: () => void } {
  const ecs = new ECSClient({ ...trial.client, maxAttempts: 5 });
  const elb = new ElasticLoadBalancingV2Client({ ...trial.client, maxAttempts: 5 });
  const deployments = async (): Promise<string[]> => {
    const { serviceDeployments = [] } = await ecs.send(
      new ListServiceDeploymentsCommand({ cluster: 'shop-live', service: 'shop' }),
    );
    return serviceDeployments.flatMap(({ serviceDeploymentArn: arn }) => (arn === undefined ? [] : [arn]));
  };
  const describe = async (arns: readonly string[]): Promise<ServiceDeployment[]> =>
    arns.length === 0
      ? []
      : ((await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns.slice(0, 20) })))
          .serviceDeployments ?? []);
  const newest = async (): Promise<ServiceDeployment | undefined> =>
    (await describe((await deployments()).slice(0, 1)))[0];

  return {
    ecs,
    state: async () => {
      const definitions = await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: 'shop-live' }));
      const { services } = await ecs.send(
        new DescribeServicesCommand({ cluster: 'shop-live', services: ['shop'] }),
      );
      const service = services?.find(({ status }) => status === 'ACTIVE');
      const all = service === undefined ? [] : await describe(await deployments());
      return {
        taskDefinitions: definitions.taskDefinitionArns?.length ?? 0,
        deployments: all.map(({ status }) => status ?? ''),
        taskDefinition: service?.taskDefinition?.split('/').at(-1),
      };
    },
    newest,
    until: async (what, holds, limitMs = 60_000) => {
      const deadline = performance.now() + limitMs;
      for (;;) {
        const seen = await newest().catch(() => undefined);
        if (seen !== undefined && holds(seen)) return seen;
        if (performance.now() > deadline) {
          throw new Error(
            `Waited in vain for ${what}; ${seen?.status ?? 'nothing'} at ${seen?.lifecycleStage ?? '–'}`,
          );
        }
        await sleep(50);
      }
    },
    weights: async () => {
      const { Rules } = await elb.send(new DescribeRulesCommand({ RuleArns: [balancer.productionRule] }));
      const groups = Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
      return Object.fromEntries(
        groups.map(({ TargetGroupArn = '', Weight = 0 }) => [TargetGroupArn.split('/')[1] ?? '', Weight]),
      );
    },
    setWeights: async (blue, green) => {
      await elb.send(
        new ModifyRuleCommand({
          RuleArn: balancer.productionRule,
          Actions: [
            {
              Type: 'forward',
              ForwardConfig: {
                TargetGroups: [
                  { TargetGroupArn: balancer.targetGroup, Weight: blue },
                  { TargetGroupArn: balancer.alternateTargetGroup, Weight: green },
                ],
              },
            },
          ],
        }),
      );
    },
    answers: () => servedVersion(url),
    destroy: () => {
      ecs.destroy();
      elb.destroy();
    },
  };
}

/** The version that answers at an address; `undefined` where nothing does that says one. */
export async function servedVersion(url: string): Promise<string | undefined> {
  try {
    const { version } = (await (await fetch(`${url}/version`)).json()) as { version?: string };
    return version;
  } catch {
    return undefined;
  }
}
