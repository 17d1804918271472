import type { MetricDatum } from '../../cloudwatch/sink.ts';
import { Accounts } from './accounts.ts';

const arn = (what: string): string => `arn:aws:elasticloadbalancing:eu-west-1:000000000000:${what}`;
const group = arn('targetgroup/blue/2');

test('the requests of a minute are shared between the targets that are up', () => {
  const put: MetricDatum[] = [];
  const accounts = new Accounts(
    arn('loadbalancer/app/shop/1'),
    (datum) => put.push(datum),
    () => 0,
  );
  const perTarget = () =>
    put
      .splice(0)
      .flatMap(({ name, dimensions, value }) =>
        name === 'RequestCountPerTarget' ? [{ dimensions, value }] : [],
      );
  const request = () => accounts.count(group, { status: 200, by: 'target', targetMs: 5 });

  for (let each = 0; each < 6; each += 1) request();
  accounts.countHosts(group, 4, 1);
  expect(perTarget()).toEqual([
    { dimensions: { LoadBalancer: 'app/shop/1', TargetGroup: 'targetgroup/blue/2' }, value: 1.5 },
    { dimensions: { TargetGroup: 'targetgroup/blue/2' }, value: 1.5 },
  ]);

  accounts.countHosts(group, 4, 0);
  expect(perTarget()).toEqual([]);

  request();
  accounts.countHosts(group, 0, 1);
  expect(perTarget()).toEqual([]);
});
