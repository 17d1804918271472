import { ContinueServiceDeploymentCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { Aws } from '../src/aws/index.ts';
import { requestRollback } from '../src/ecs/service.ts';
import { shifting, type Shifting } from '../test/deploying/shifting.ts';
import type { Measured } from './statistics.ts';

const runs = 30;
const lookEveryMs = 2;
const deadlineMs = 30_000;

/** How long it takes from the decision to go back, at half of the traffic, until the old version has all of it. */
export async function measure(): Promise<Measured> {
  const here = await shifting({
    deploy: {
      strategy: 'canary',
      steps: { percent: 50, every: '60m' },
      bake: '1m',
      gates: { beforeTraffic: ['health'] },
      gateTimeout: '60m',
    },
  });
  const went: Back[] = [];
  const { propagationMs } = here.trial.cloud.elb.faults;
  try {
    for (const { exitCode, log } of await here.release('good', '1.0.0')) {
      if (exitCode !== 0) throw new Error(`The first release was not deployed:\n${log}`);
    }
    for (let run = 0; run < runs; run += 1) went.push(await goBack(here));
  } finally {
    await here.end();
  }
  return {
    figures: [
      {
        what: 'decision to 100 % blue in the rule',
        unit: 'ms',
        values: went.map(({ ruleMs }) => ruleMs),
      },
      {
        what: 'decision to 100 % blue in the traffic',
        unit: 'ms',
        values: went.map(({ trafficMs }) => trafficMs),
      },
      { what: 'of which the local AWS’s own delay, as it is set', unit: 'ms', values: [propagationMs] },
      {
        what: 'decision to 100 % blue in the traffic, less that delay',
        unit: 'ms',
        values: went.map(({ trafficMs }) => trafficMs - propagationMs),
      },
    ],
    notes: [
      `Real time, of ${runs} deployments in turn that have half of the traffic on green; the largest is the p99 of so few. From the call of \`requestRollback\`, which the follower makes in the same turn as its decision, over HTTP, to the rule as \`DescribeRules\` tells it, and to where the load balancer sends requests.`,
      `The delay between the two is the rehearsal's (\`propagationMs\`): AWS promises none, and says "seconds". ECS's own part on AWS, from \`StopServiceDeployment\` to the rule, cannot be measured here: what is measured of it is the local AWS.`,
    ],
  };
}

interface Back {
  readonly ruleMs: number;
  readonly trafficMs: number;
}

/** A deployment of what runs already, as far as half of the traffic, and back. */
async function goBack(here: Shifting): Promise<Back> {
  const { ecs, balancer } = here;
  const { elb } = here.trial.cloud;
  await ecs.send(
    new UpdateServiceCommand({ cluster: 'shop-live', service: 'shop', forceNewDeployment: true }),
  );
  await atHalf(here);
  const { serviceDeploymentArn: arn = '' } = (await here.newest()) ?? {};
  const green = elb.liveForward(balancer.productionRule).map(({ targetGroupArn }) => targetGroupArn);
  if (green.length !== 2) throw new Error(`The rule has ${green.length} groups, and not two.`);
  const isWhole = (forward: readonly { readonly weight: number }[]): boolean =>
    forward.some(({ weight }) => weight === 100);

  const startedAt = performance.now();
  let ruleMs: number | undefined;
  let trafficMs: number | undefined;
  const seen = new Promise<void>((resolve, reject) => {
    // The cloud is in this process, and what it has is looked at without a call.
    const looking = setInterval(() => {
      const ms = performance.now() - startedAt;
      if (isWhole(elb.loadBalancing.rule(balancer.productionRule)?.forward ?? [])) ruleMs ??= ms;
      if (isWhole(elb.liveForward(balancer.productionRule))) trafficMs ??= ms;
      if (trafficMs === undefined && ms < deadlineMs) return;
      clearInterval(looking);
      if (trafficMs === undefined) reject(new Error(`Blue had not all of the traffic after ${ms} ms.`));
      else resolve();
    }, lookEveryMs);
  });
  const asked = requestRollback({ ecsOnce: () => Promise.resolve(ecs) } as Pick<Aws, 'ecsOnce'> as Aws, arn);
  await Promise.all([asked, seen]);
  await here.until('the rollback’s end', ({ status }) => status === 'ROLLBACK_SUCCESSFUL');
  return { ruleMs: ruleMs ?? NaN, trafficMs: trafficMs ?? NaN };
}

/** Lets the newest deployment through its gates until half of the traffic is on green. */
async function atHalf(here: Shifting): Promise<void> {
  const deployment = await here.until('the gate', ({ lifecycleHookDetails = [] }) =>
    lifecycleHookDetails.some(({ status }) => status === 'AWAITING_ACTION'),
  );
  const hook = deployment.lifecycleHookDetails?.find(({ status }) => status === 'AWAITING_ACTION');
  await here.ecs.send(
    new ContinueServiceDeploymentCommand({
      serviceDeploymentArn: deployment.serviceDeploymentArn,
      hookId: hook?.hookId,
      action: 'CONTINUE',
    }),
  );
  const { elb } = here.trial.cloud;
  await here.until('half of the traffic', () =>
    elb.liveForward(here.balancer.productionRule).every(({ weight }) => weight === 50),
  );
}
