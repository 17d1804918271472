import type { Aws } from '../../aws/index.ts';
import type { ResolvedEnvironment } from '../../config/index.ts';
import { Failure } from '../../github/index.ts';

/**
 * The URL at which the test rule reaches the new version before users do: sluice.yml's own, or else the
 * port of the rule's listener: at the load balancer's name, and over TLS at the service's own, for which its certificate
 * is.
 *
 * @throws Failure where it cannot be told
 */
export async function testUrlOf(aws: Aws, environment: ResolvedEnvironment): Promise<URL> {
  const { testUrl, testRule } = environment.loadBalancer ?? {};
  if (testUrl !== undefined) return new URL(testUrl);
  const where = `environments.${environment.name}.loadBalancer.testRule`;
  const remedy = 'Name the address of the test listener in loadBalancer.testUrl';
  const listener = listenerOf(testRule ?? '');
  if (listener === undefined) {
    throw new Failure('The address of the test listener is not known', {
      where,
      why: testRule === undefined ? 'it is not set' : `"${testRule}" is no ARN of a listener rule`,
      remedy,
    });
  }
  const { DescribeListenersCommand, DescribeLoadBalancersCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const elb = await aws.elb();
  const [found] =
    (await elb.send(new DescribeListenersCommand({ ListenerArns: [listener] }))).Listeners ?? [];
  const arn = found?.LoadBalancerArn ?? '';
  const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
  const host = LoadBalancers?.[0]?.DNSName;
  if (found?.Port === undefined || host === undefined) {
    throw new Failure('The address of the test listener is not known', {
      where,
      why: `AWS names no port or no address of ${listener}`,
      remedy,
    });
  }
  if (found.Protocol === 'HTTPS') {
    // The certificate is for the service's own name, and never for the load balancer's.
    const front = environment.url === undefined ? undefined : new URL(environment.url);
    if (front?.protocol === 'https:') return new URL(`https://${front.hostname}:${found.Port}/`);
    throw new Failure('The test listener speaks HTTPS, and its name is not known', { where, remedy });
  }
  return new URL(`http://${host}:${found.Port}/`);
}

/** A rule's ARN holds its listener's: `…:listener-rule/app/NAME/BALANCER/LISTENER/RULE`. */
export function listenerOf(rule: string): string | undefined {
  const parts = /^(arn:.*:)listener-rule\/(app\/[^/]+\/[^/]+\/[^/]+)\/[^/]+$/.exec(rule);
  return parts === null ? undefined : `${parts[1] ?? ''}listener/${parts[2] ?? ''}`;
}
