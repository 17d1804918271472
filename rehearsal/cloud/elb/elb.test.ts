import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
  type RuleCondition,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { scaledClock } from '../clock.ts';
import { trial, type Trial } from '../trial.ts';
import { freePort, Target } from './testing/target.ts';

const instance = 'i-0123456789abcdef0';

describe('the load balancer', () => {
  let here: Trial;
  let elb: ElasticLoadBalancingV2Client;
  let blue: Target;
  let green: Target;
  let blueGroup: string;
  let greenGroup: string;
  let loadBalancer: string;
  let listener: string;
  let rule: string;
  let port: number;
  let agent: Agent;

  beforeEach(async () => {
    // An interval of five seconds takes a quarter of one.
    here = await trial({ clock: scaledClock(20) });
    here.cloud.elb.faults.propagationMs = 20;
    elb = new ElasticLoadBalancingV2Client(here.client);
    blue = await new Target('blue').listen();
    green = await new Target('green').listen();
    agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const made = await elb.send(
      new CreateLoadBalancerCommand({ Name: 'shop', Subnets: ['subnet-1', 'subnet-2'] }),
    );
    loadBalancer = made.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
    [blueGroup, greenGroup] = [await group('blue'), await group('green')];
    port = await freePort();
    const { Listeners: [created] = [] } = await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: loadBalancer,
        Protocol: 'HTTP',
        Port: port,
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
      }),
    );
    listener = created?.ListenerArn ?? '';
    rule = await addRule(1, [pathIs('/*')], 100, 0);
    while (here.cloud.elb.liveForward(rule).length === 0) await ask('/');
    await register(blueGroup, blue);
    await register(greenGroup, green);
    await becomes(blueGroup, 'healthy');
    await becomes(greenGroup, 'healthy');
  });

  afterEach(async () => {
    agent.destroy();
    blue.close();
    green.close();
    await here.end();
  });

  async function group(name: string): Promise<string> {
    const { TargetGroups: [made] = [] } = await elb.send(
      new CreateTargetGroupCommand({
        Name: name,
        Protocol: 'HTTP',
        Port: 80,
        VpcId: 'vpc-1',
        HealthCheckPath: '/health',
        HealthCheckIntervalSeconds: 5,
        HealthCheckTimeoutSeconds: 2,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
      }),
    );
    await elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: made?.TargetGroupArn ?? '',
        Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '20' }],
      }),
    );
    return made?.TargetGroupArn ?? '';
  }

  function forwardTo(blueWeight: number, greenWeight: number) {
    return [
      {
        Type: 'forward' as const,
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: blueGroup, Weight: blueWeight },
            { TargetGroupArn: greenGroup, Weight: greenWeight },
          ],
        },
      },
    ];
  }

  async function addRule(
    priority: number,
    conditions: RuleCondition[],
    blueWeight: number,
    greenWeight: number,
  ): Promise<string> {
    const { Rules: [made] = [] } = await elb.send(
      new CreateRuleCommand({
        ListenerArn: listener,
        Priority: priority,
        Conditions: conditions,
        Actions: forwardTo(blueWeight, greenWeight),
      }),
    );
    return made?.RuleArn ?? '';
  }

  const register = (arn: string, { port: at }: Target) =>
    elb.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id: instance, Port: at }] }));

  async function healthOf(arn: string) {
    const { TargetHealthDescriptions: [found] = [] } = await elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: arn }),
    );
    return found?.TargetHealth;
  }

  /** Settles when the group's only target has the state; `undefined`: when there is none. */
  function becomes(arn: string, state: string | undefined): Promise<void> {
    const is = (): boolean => here.cloud.elb.loadBalancing.targetHealth(arn)[0]?.state === state;
    return new Promise((resolve) => {
      if (is()) return resolve();
      const stop = here.cloud.elb.loadBalancing.onTargetChange(() => {
        if (!is()) return;
        stop();
        resolve();
      });
    });
  }

  async function shift(blueWeight: number, greenWeight: number): Promise<void> {
    await elb.send(new ModifyRuleCommand({ RuleArn: rule, Actions: forwardTo(blueWeight, greenWeight) }));
    while (here.cloud.elb.liveForward(rule)[0]?.weight !== blueWeight) await ask('/');
  }

  interface Answer {
    readonly status: number;
    readonly body: string;
    readonly headers: IncomingMessage['headers'];
  }

  function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, method, headers, agent }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        );
      });
      asked.once('error', reject);
      asked.end();
    });
  }

  it('splits requests by weight, and counts them by side', async () => {
    await shift(80, 20);
    const before = here.cloud.elb.traffic(loadBalancer).reduce((sum, one) => sum + total(one.requests), 0);
    const answers = await Promise.all(Array.from({ length: 2000 }, () => ask('/')));
    const share = answers.filter(({ body }) => body === 'green').length / answers.length;
    // Five standard deviations of a binomial with p = 0.2: one false alarm in more than a million runs.
    expect(Math.abs(share - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / 2000));
    const after = here.cloud.elb.traffic(loadBalancer).reduce((sum, one) => sum + total(one.requests), 0);
    expect(after - before).toBe(2000);
  });

  it('loses nothing while traffic moves and the old side drains: kept connections, a held request, a stream', async () => {
    const held = ask('/held');
    const stream = await new Promise<IncomingMessage>((resolve) => {
      request({ host: '127.0.0.1', port, path: '/stream' }, resolve).end();
    });
    let streamed = '';
    stream.setEncoding('utf8').on('data', (part: string) => (streamed += part));
    const failures: string[] = [];
    let done = false;
    let asked = 0;
    const users = Array.from({ length: 8 }, async () => {
      while (!done || asked < 2000) {
        asked += 1;
        const { status } = await ask('/').catch((error: unknown) => ({ status: String(error) }));
        if (status !== 200) failures.push(String(status));
      }
    });
    for (const percent of [10, 50, 100]) await shift(100 - percent, percent);
    await elb.send(
      new DeregisterTargetsCommand({
        TargetGroupArn: blueGroup,
        Targets: [{ Id: instance, Port: blue.port }],
      }),
    );
    expect((await healthOf(blueGroup))?.State).toBe('draining');
    blue.release();
    expect((await held).body).toBe('blue');
    await once(stream, 'end');
    expect(streamed).toBe('data: first\n\ndata: last\n\n');
    await becomes(blueGroup, undefined);
    done = true;
    await Promise.all(users);
    expect(failures).toEqual([]);
    expect((await ask('/')).body).toBe('green');
  }, 30_000);

  it('runs ahead of its traffic in what it says', async () => {
    here.cloud.elb.faults.propagationMs = 60_000;
    await elb.send(new ModifyRuleCommand({ RuleArn: rule, Actions: forwardTo(0, 100) }));
    const { Rules: [said] = [] } = await elb.send(new DescribeRulesCommand({ RuleArns: [rule] }));
    expect(said?.Actions?.[0]?.ForwardConfig?.TargetGroups?.map(({ Weight }) => Weight)).toEqual([0, 100]);
    expect(here.cloud.elb.liveForward(rule).map(({ weight }) => weight)).toEqual([100, 0]);
    expect((await ask('/')).body).toBe('blue');
  });

  it('sends to unhealthy targets where there are no others, and says why they are', async () => {
    blue.healthStatus = 503;
    await becomes(blueGroup, 'unhealthy');
    expect(await healthOf(blueGroup)).toEqual({
      State: 'unhealthy',
      Reason: 'Target.ResponseCodeMismatch',
      Description: 'Health checks failed with these codes: [503]',
    });
    expect(await ask('/')).toMatchObject({ status: 200, body: 'blue' });
    blue.healthStatus = 200;
    await becomes(blueGroup, 'healthy');
  });

  it('can be told that a target is unhealthy, and that rules are slow', async () => {
    const url = `${here.cloud.url}/_rehearsal/load-balancers`;
    const put = (faults: object) => fetch(url, { method: 'PUT', body: JSON.stringify(faults) });
    expect((await put({ unhealthy: [{ targetGroupArn: blueGroup }], propagationMs: 60_000 })).status).toBe(
      204,
    );
    await becomes(blueGroup, 'unhealthy');
    expect(await (await fetch(url)).json()).toMatchObject({ propagationMs: 60_000 });
    await put({ unhealthy: [] });
    await becomes(blueGroup, 'healthy');
    const refused = await put({ propagationMs: 'long' });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({
      message: '"propagationMs" is a number of milliseconds, 0 to 600000.',
    });
  });

  it('answers by itself with 502 and 503, and passes a target’s own errors on', async () => {
    expect(await ask('/error')).toMatchObject({ status: 500 });
    expect(await ask('/reset')).toMatchObject({ status: 502, headers: { server: 'awselb/2.0' } });
    blue.close();
    expect(await ask('/')).toMatchObject({ status: 502 });
    await elb.send(
      new DeregisterTargetsCommand({
        TargetGroupArn: blueGroup,
        Targets: [
          { Id: instance, Port: Number(here.cloud.elb.loadBalancing.targetHealth(blueGroup)[0]?.port) },
        ],
      }),
    );
    expect(await ask('/')).toMatchObject({ status: 503 });
  });

  it('routes by rules in order of priority, the default rule last', async () => {
    await elb.send(new ModifyRuleCommand({ RuleArn: rule, Conditions: [pathIs('/shop/*')] }));
    const second = await addRule(
      2,
      [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Side', Values: ['gr?en'] } }],
      0,
      100,
    );
    while (here.cloud.elb.liveForward(second).length === 0) await ask('/');
    expect((await ask('/')).status).toBe(404);
    expect((await ask('/shop/a/b')).body).toBe('blue');
    expect((await ask('/other', { 'x-side': 'green' })).body).toBe('green');
    expect((await ask('/shop/a', { 'x-side': 'green' })).body).toBe('blue');
  });

  it('tells targets who asked, and keeps what a client said of itself before that', async () => {
    const { body } = await ask('/headers', { 'x-forwarded-for': '203.0.113.7' });
    expect(JSON.parse(body)).toMatchObject({
      'x-forwarded-for': '203.0.113.7, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(port),
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/) as string,
    });
  });

  it('keeps a client with its target where the group is sticky', async () => {
    await elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: blueGroup,
        Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }],
      }),
    );
    await register(blueGroup, green);
    while (here.cloud.elb.loadBalancing.targetHealth(blueGroup).some(({ state }) => state !== 'healthy'))
      await ask('/');
    const first = await ask('/');
    const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(cookie).toMatch(/^AWSALB=/);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/', { cookie })));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set([first.body]));
  });

  it('joins a client that asks for another protocol with a target', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /echo HTTP/1.1\r\nhost: shop\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n`);
    let heard = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      if (!heard.includes('101') && part.includes('101')) socket.write('hello');
      heard += part;
    });
    while (!heard.endsWith('hello')) await once(socket, 'data');
    expect(heard).toMatch(/^HTTP\/1.1 101 Switching Protocols/);
    socket.destroy();
  });

  it('refuses what AWS refuses, in its words', async () => {
    await expect(
      elb.send(
        new CreateRuleCommand({
          ListenerArn: listener,
          Priority: 1,
          Conditions: [pathIs('/')],
          Actions: forwardTo(1, 0),
        }),
      ),
    ).rejects.toMatchObject({ name: 'PriorityInUseException' });
    await expect(elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: blueGroup }))).rejects.toMatchObject(
      {
        name: 'ResourceInUseException',
      },
    );
    await expect(
      elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: `${blueGroup}0` })),
    ).rejects.toMatchObject({ name: 'TargetGroupNotFoundException' });
    await expect(
      elb.send(new RegisterTargetsCommand({ TargetGroupArn: blueGroup, Targets: [{ Id: '10.0.0.1' }] })),
    ).rejects.toMatchObject({ name: 'InvalidTargetException' });
    await expect(
      elb.send(new CreateTargetGroupCommand({ Name: 'none', Protocol: 'HTTP', Port: 0, VpcId: 'vpc-1' })),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringMatching(/'0' at 'port'/) as string,
    });
    await expect(
      elb.send(
        new CreateLoadBalancerCommand({
          Name: 'other',
          Subnets: ['subnet-1', 'subnet-2'],
          Scheme: 'nope' as 'internal',
        }),
      ),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringMatching(/'nope' at 'scheme'/) as string,
    });
  });
});

function pathIs(pattern: string): RuleCondition {
  return { Field: 'path-pattern', PathPatternConfig: { Values: [pattern] } };
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
