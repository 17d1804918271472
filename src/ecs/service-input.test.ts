import { environmentOf } from './environment.fixture.ts';
import { serviceShapeOf, shiftStepsOf } from './service-input.ts';

const elb = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
const loadBalancer = {
  targetGroup: `${elb}:targetgroup/shop-blue/1`,
  alternateTargetGroup: `${elb}:targetgroup/shop-green/2`,
  productionRule: `${elb}:listener-rule/app/shop/3/4/5`,
  testRule: `${elb}:listener-rule/app/shop/3/6/7`,
  role: 'arn:aws:iam::123456789012:role/traffic',
};
const shapeOf = (deploy: object) =>
  serviceShapeOf(environmentOf({ loadBalancer, deploy: { timeout: '3h', ...deploy } }), 'shop');

describe('a service in ECS’s words', () => {
  it('rolls, and switches off what another strategy may have left', () => {
    expect(serviceShapeOf(environmentOf({ deploy: { minimumHealthy: 50, maximum: 150 } }), 'shop')).toEqual({
      deploymentConfiguration: {
        strategy: 'ROLLING',
        minimumHealthyPercent: 50,
        maximumPercent: 150,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        alarms: { alarmNames: [], enable: false, rollback: false },
        lifecycleHooks: [],
      },
    });
  });

  it('rolls behind a load balancer with its one target group', () => {
    const { targetGroup } = loadBalancer;
    const environment = environmentOf(
      { loadBalancer: { targetGroup } },
      { health: { path: '/health', startPeriod: '90s' } },
    );
    expect(serviceShapeOf(environment, 'web')).toMatchObject({
      loadBalancers: [{ targetGroupArn: targetGroup, containerName: 'web', containerPort: 8080 }],
      healthCheckGracePeriodSeconds: 90,
    });
  });

  it('is blue-green with a bake, alarms and a pause for each gate, which goes back where nobody answers', () => {
    const shape = shapeOf({
      strategy: 'blue-green',
      bake: '10m',
      alarms: ['shop-5xx'],
      gateTimeout: '45m',
      gates: { beforeTraffic: ['health'], afterTraffic: ['analysis'] },
    });
    const timeoutConfiguration = { timeoutInMinutes: 45, action: 'ROLLBACK' };
    expect(shape.deploymentConfiguration).toEqual({
      strategy: 'BLUE_GREEN',
      bakeTimeInMinutes: 10,
      alarms: { alarmNames: ['shop-5xx'], enable: true, rollback: true },
      lifecycleHooks: [
        { targetType: 'PAUSE', lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'], timeoutConfiguration },
        { targetType: 'PAUSE', lifecycleStages: ['POST_PRODUCTION_TRAFFIC_SHIFT'], timeoutConfiguration },
      ],
    });
    expect(shape.loadBalancers).toEqual([
      {
        targetGroupArn: loadBalancer.targetGroup,
        containerName: 'shop',
        containerPort: 8080,
        advancedConfiguration: {
          alternateTargetGroupArn: loadBalancer.alternateTargetGroup,
          productionListenerRule: loadBalancer.productionRule,
          testListenerRule: loadBalancer.testRule,
          roleArn: loadBalancer.role,
        },
      },
    ]);
  });

  it.each([
    [
      'canary',
      { percent: 5, every: '7m' },
      { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: 7 } },
    ],
    [
      'linear',
      { percent: 25, every: '3m' },
      { strategy: 'LINEAR', linearConfiguration: { stepPercent: 25, stepBakeTimeInMinutes: 3 } },
    ],
    [
      'canary',
      undefined,
      { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 5 } },
    ],
  ])('is %s with steps %j', (strategy, steps, expected) => {
    const { deploymentConfiguration } = shapeOf({ strategy, ...(steps === undefined ? {} : { steps }) });
    expect(deploymentConfiguration).toMatchObject(expected);
    expect(deploymentConfiguration).not.toHaveProperty('deploymentCircuitBreaker');
  });

  it.each([
    ['blue-green', undefined, [0, 100]],
    ['canary', { percent: 5 }, [0, 5, 100]],
    ['linear', { percent: 33.3 }, [0, 33.3, 66.6, 99.9, 100]],
    ['linear', { percent: 50 }, [0, 50, 100]],
  ])('goes through the steps of %s %j', (strategy, steps, expected) => {
    const environment = environmentOf({
      loadBalancer,
      deploy: { timeout: '3h', strategy, ...(steps === undefined ? {} : { steps }) },
    });
    expect(shiftStepsOf(environment)).toEqual(expected);
  });
});
