import type { Cloud } from '../../rehearsal/cloud/index.ts';

/** Whose deployments are watched. */
interface Watched {
  readonly service: string;
  /** The ARN of the rule that users come by. */
  readonly productionRule: string;
  /** The ARNs of the two target groups. */
  readonly groups: readonly [string, string];
}

interface Watch {
  /** What did not hold, each once, in the order in which it was seen. */
  readonly violations: readonly string[];
  end(): void;
}

/** Six seconds of a cloud in which a minute takes one. */
const lookEveryMs = 100;

/**
 * What has to hold at every instant of a deployment that shifts traffic, looked at after every AWS call, at every
 * change of a target or of a weight, and in between:
 *
 * 1. the production rule's weights sum to 100, and name the two target groups only;
 * 2. a group gets more traffic only with enough healthy targets;
 * 3. the old side keeps its tasks until the bake is over;
 * 4. traffic goes back only to a side that is at least as able as the one that it leaves;
 * 6. one deployment of a service is under way at a time.
 *
 * It looks into the cloud itself, so that it makes no call and hides none.
 */
export function watchInvariants(cloud: Cloud, { service, productionRule, groups }: Watched): Watch {
  const seen = new Set<string>();
  const { loadBalancing } = cloud.elb;
  let weights: Readonly<Record<string, number>> | undefined;

  const healthy = (group: string): number =>
    loadBalancing.targetHealth(group).filter(({ state }) => state === 'healthy').length;

  const look = (): void => {
    const forward = loadBalancing.rule(productionRule)?.forward ?? [];
    const { services } = cloud.ecs.save();
    const record = services.find(({ name, status }) => name === service && status === 'ACTIVE');
    const under = (record?.deployments ?? []).filter(({ status }) =>
      ['IN_PROGRESS', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'STOP_REQUESTED'].includes(status),
    );
    const [deployment] = under;
    const at = `${deployment?.status ?? 'no deployment'} at ${deployment?.shift?.stage ?? 'no stage'}`;
    const found = (what: string): void => void seen.add(`${what} (${at})`);

    const sum = forward.reduce((total, { weight }) => total + weight, 0);
    // ECS writes weights of a thousand where a share has a decimal; the rule begins with one group of weight 1.
    const isWhole = sum === 100 || sum === 1000 || (forward.length === 1 && sum > 0);
    if (!isWhole) found(`1: the weights sum to ${sum}`);
    const stranger = forward.find(({ targetGroupArn }) => !groups.includes(targetGroupArn));
    if (stranger !== undefined) found(`1: traffic goes to ${stranger.targetGroupArn}`);

    const now = Object.fromEntries(
      forward.map(({ targetGroupArn, weight }) => [targetGroupArn, weight / Math.max(1, sum)]),
    );
    const desired = record?.desiredCount ?? 0;
    for (const group of weights === undefined ? [] : groups) {
      const [was = 0, is = 0] = [weights?.[group], now[group]];
      if (is <= was) continue;
      const other = groups.find((one) => one !== group) ?? '';
      const [has, left] = [healthy(group), healthy(other)];
      const isBack = deployment?.status !== 'IN_PROGRESS';
      const isEnough = has >= desired || (isBack && has > 0 && has >= left);
      if (!isEnough) {
        found(
          `${isBack ? 4 : 2}: ${group.split('/')[1] ?? group} gets ${Math.round(is * 100)} % with ${has} healthy targets of ${desired}`,
        );
      }
    }
    weights = now;

    const { shift, status } = deployment ?? {};
    if (status === 'IN_PROGRESS' && shift?.blueRevisionArn !== undefined && shift.stage !== 'CLEAN_UP') {
      const definition = record?.revisions.find(({ arn }) => arn === shift.blueRevisionArn)?.rolloutId;
      const old = cloud.ecs.tasks.list().filter(({ startedBy }) => startedBy === definition);
      const kept = old.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
      // What dies by itself is started again, and nobody has taken it away.
      const isTaken = old.some(({ stopCode }) => stopCode === 'ServiceSchedulerInitiated');
      if (kept.length < desired && isTaken) found(`3: the old side has ${kept.length} tasks of ${desired}`);
    }
    if (under.length > 1) found(`6: ${under.length} deployments are under way`);
  };

  const stops = [
    cloud.calls.listen((phase) => {
      if (phase === 'after') look();
    }),
    loadBalancing.onTargetChange(look),
  ];
  const timer = setInterval(look, lookEveryMs);
  return {
    get violations() {
      return [...seen];
    },
    end: () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    },
  };
}
