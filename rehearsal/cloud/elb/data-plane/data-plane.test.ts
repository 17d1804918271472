import { once } from 'node:events';
import { Agent, get, request, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { noMetrics } from '../../cloudwatch/sink.ts';
import { askPort, balancer, becomes, gone, openBalancer, type Balancer } from '../testing/balancer.ts';
import { freePort, Target } from '../testing/target.ts';

describe('what goes through a load balancer', () => {
  let shop: Balancer;
  let blue: Target;
  let green: Target;

  beforeEach(async () => {
    [shop, blue, green] = [
      await openBalancer(),
      await new Target('blue').listen(),
      await new Target('green').listen(),
    ];
    shop.elb.loadBalancing.register(shop.blue, { id: '127.0.0.1', port: blue.port });
    shop.elb.loadBalancing.register(shop.green, { id: '127.0.0.1', port: green.port });
    await becomes(shop.elb, shop.blue, 'healthy');
  });

  afterEach(async () => {
    await shop.elb.stop();
    blue.close();
    green.close();
  });

  const drainsFor = (seconds: number) =>
    shop.call('ModifyTargetGroupAttributes', {
      TargetGroupArn: shop.blue,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: String(seconds) }],
    });
  const deregister = () => shop.elb.loadBalancing.deregister(shop.blue, { id: '127.0.0.1', port: blue.port });
  const countOf = (name: string): number =>
    shop.metrics
      .filter((one) => one.name === name && one.dimensions.TargetGroup === undefined)
      .reduce((sum, { value }) => sum + value, 0);

  describe('when a target takes too long', () => {
    beforeEach(() =>
      shop.call('ModifyLoadBalancerAttributes', {
        LoadBalancerArn: shop.loadBalancer,
        Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '1' }],
      }),
    );

    it('answers 504 in an ALB’s own words, and counts it as its own', async () => {
      const { status, headers, body } = await shop.ask('/held');
      expect(status).toBe(504);
      expect(headers).toMatchObject({ server: 'awselb/2.0', 'content-type': 'text/html' });
      expect(body).toContain('<h1>504 Gateway Time-out</h1>');
      expect(countOf('HTTPCode_ELB_504_Count')).toBe(1);
      expect(countOf('HTTPCode_ELB_5XX_Count')).toBe(1);
      expect(countOf('HTTPCode_Target_2XX_Count')).toBe(0);
    });

    it('breaks a stream off that says nothing more, so that it does not pass for a whole one', async () => {
      const stream = await open('/stream');
      await expect(read(stream)).rejects.toMatchObject({ code: 'ECONNRESET' });
    });

    it('ends a WebSocket on which nobody says anything', async () => {
      const socket = await upgraded();
      await once(socket, 'close');
      expect(countOf('RequestCount')).toBe(1);
    });
  });

  describe('when a target is deregistered', () => {
    it('lets what is in flight finish, and sends it nothing new', async () => {
      await drainsFor(300);
      const arrival = blue.arrival();
      const held = shop.ask('/held');
      await arrival;
      deregister();
      expect((await shop.ask('/')).status).toBe(503);
      blue.release();
      expect(await held).toMatchObject({ status: 200, body: 'blue' });
    });

    it('breaks off what is in flight still when its time is over', async () => {
      await drainsFor(10);
      const arrival = blue.arrival();
      const held = shop.ask('/held');
      await arrival;
      const stream = await open('/stream');
      const closed = once(await upgraded(), 'close');
      deregister();
      expect((await held).status).toBe(502);
      await expect(read(stream)).rejects.toMatchObject({ code: 'ECONNRESET' });
      await closed;
      await gone(shop.elb, shop.blue);
    });

    it('takes it back when it is registered again', async () => {
      await drainsFor(10);
      deregister();
      shop.elb.loadBalancing.register(shop.blue, { id: '127.0.0.1', port: blue.port });
      await becomes(shop.elb, shop.blue, 'healthy');
      expect((await shop.ask('/')).body).toBe('blue');
    });
  });

  describe('when a target had closed a connection that was kept', () => {
    let sockets: Socket[];
    let port: number;
    let close: () => void;

    beforeEach(async () => {
      sockets = [];
      // Answers one request on each connection, and breaks it off at the second one.
      const server = createServer((socket) => {
        sockets.push(socket);
        let requests = 0;
        socket.on('error', () => socket.destroy());
        socket.on('data', () => {
          requests += 1;
          if (requests > 1) socket.destroy();
          else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nonce');
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      ({ port } = server.address() as AddressInfo);
      close = () => {
        server.close();
        sockets.forEach((socket) => socket.destroy());
      };
      shop.elb.loadBalancing.register(shop.green, { id: '127.0.0.1', port });
      shop.elb.loadBalancing.deregister(shop.green, { id: '127.0.0.1', port: green.port });
      await shop.does({ Type: 'forward', TargetGroupArn: shop.green });
      await becomesOf(port);
    });
    afterEach(() => close());

    /** The group's draining target is there still. */
    function becomesOf(of: number): Promise<void> {
      const { loadBalancing } = shop.elb;
      return new Promise((resolve) => {
        const is = () =>
          loadBalancing.targetHealth(shop.green).find((target) => target.port === of)?.state === 'healthy';
        if (is()) return resolve();
        const stop = loadBalancing.onTargetChange(() => {
          if (!is()) return;
          stop();
          resolve();
        });
      });
    }

    it('sends the request once more, where that does no harm', async () => {
      for (let each = 0; each < 5; each += 1)
        expect(await shop.ask('/')).toMatchObject({ status: 200, body: 'once' });
      expect(countOf('HTTPCode_ELB_5XX_Count')).toBe(0);
    });

    it('does not repeat an order', async () => {
      expect((await shop.ask('/orders', { method: 'POST', body: 'a' })).status).toBe(200);
      expect((await shop.ask('/orders', { method: 'POST', body: 'b' })).status).toBe(502);
    });
  });

  it('passes on what a target says that does not speak the other protocol', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () =>
        socket.write(
          'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n5\r\nplain\r\n0\r\n\r\n',
        ),
      );
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    shop.elb.loadBalancing.register(shop.blue, { id: '127.0.0.1', port });
    shop.elb.loadBalancing.deregister(shop.blue, { id: '127.0.0.1', port: blue.port });
    const headers = { connection: 'Upgrade', upgrade: 'h2c' };
    const answered = await shop.ask('/', { headers });
    expect(answered).toMatchObject({ status: 200, body: 'plain', headers: { connection: 'close' } });
    plain.close();
  });

  it('passes bodies on, small and large, with a length and without', async () => {
    const large = 'x'.repeat(1_000_000);
    const agent = new Agent({ keepAlive: true });
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      for (const body of ['', 'small', large]) {
        for (const method of ['POST', 'PUT']) {
          const answered = await shop.ask('/echo', { method, headers, body, agent });
          expect(answered).toMatchObject({ status: 200, body });
        }
      }
    }
    expect(await shop.ask('/', { method: 'HEAD', agent })).toMatchObject({ status: 200, body: '' });
    agent.destroy();
  });

  it('lets a target go when its client has gone', async () => {
    const arrival = blue.arrival();
    const asked = get({ host: '127.0.0.1', port: shop.port, path: '/held' });
    const failed = once(asked, 'error');
    const incoming = await arrival;
    const closed = once(incoming.socket, 'close');
    asked.destroy(new Error('enough'));
    await Promise.all([failed, closed]);
    expect(countOf('HTTPCode_ELB_5XX_Count')).toBe(0);
  });

  it('outlives clients that break off in the middle of anything', async () => {
    const requests = [
      'GET /stream HTTP/1.1\r\nhost: shop\r\n\r\n',
      'POST /echo HTTP/1.1\r\nhost: shop\r\ncontent-length: 100\r\n\r\nhalf',
      'POST /echo HTTP/1.1\r\nhost: shop\r\ncontent-length: 1000000\r\n\r\nhalf',
      'GET /held HTTP/1.1\r\nhost: shop\r\n\r\nGET',
      'GET / HTTP/1.1\r\nhost: shop\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nhello',
      'GET / HT',
    ];
    for (const text of requests) {
      // At once, and when the load balancer and the target have had so many turns with it: they are in this process.
      for (const turns of [0, 1, 4, 16, 64]) {
        const socket = connect(shop.port, '127.0.0.1');
        await once(socket, 'connect');
        socket.write(text);
        for (let turn = 0; turn < turns; turn += 1) await nextTurn();
        socket.resetAndDestroy();
      }
    }
    expect(await shop.ask('/')).toMatchObject({ status: 200, body: 'blue' });
    expect(countOf('HTTPCode_ELB_5XX_Count')).toBe(0);
  });

  it('answers by itself what its rules say, and 400 to what is no HTTP', async () => {
    await shop.does({
      Type: 'fixed-response',
      FixedResponseConfig: {
        StatusCode: '503',
        ContentType: 'application/json',
        MessageBody: '{"back":"soon"}',
      },
    });
    expect(await shop.ask('/')).toMatchObject({
      status: 503,
      body: '{"back":"soon"}',
      headers: { 'content-type': 'application/json' },
    });
    await shop.does({
      Type: 'redirect',
      RedirectConfig: { StatusCode: 'HTTP_301', Protocol: 'HTTPS', Port: '443', Path: '/new/#{path}' },
    });
    const { status, headers } = await shop.ask('/a/b?c=d', { headers: { host: 'shop.example:8080' } });
    expect([status, headers.location]).toEqual([301, 'https://shop.example:443/new/a/b?c=d']);
    const socket = connect(shop.port, '127.0.0.1');
    socket.end('nonsense\r\n\r\n');
    expect(await read(socket)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  it('keeps a client with its group where the rule is sticky, also after the weights have moved', async () => {
    const split = (toBlue: number, toGreen: number) =>
      shop.does({
        Type: 'forward',
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: shop.blue, Weight: toBlue },
            { TargetGroupArn: shop.green, Weight: toGreen },
          ],
          TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
        },
      });
    await split(100, 0);
    await becomes(shop.elb, shop.green, 'healthy');
    const cookie = (await shop.ask('/')).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(cookie).toMatch(/^AWSALBTG=/);
    await split(1, 999);
    for (let each = 0; each < 10; each += 1)
      expect((await shop.ask('/', { headers: { cookie } })).body).toBe('blue');
    await split(0, 1);
    expect((await shop.ask('/', { headers: { cookie } })).body).toBe('green');
  });

  it('never has an older rule overtake a newer one', async () => {
    shop.elb.faults.propagationMs = 50;
    await shop.call('ModifyListener', {
      ListenerArn: shop.listener,
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    });
    await shop.does({ Type: 'forward', TargetGroupArn: shop.green });
    await becomes(shop.elb, shop.green, 'healthy');
    // A rule that is sent now comes after the first one would have.
    shop.elb.faults.propagationMs = 100;
    await shop.call('CreateRule', {
      ListenerArn: shop.listener,
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', Values: ['/late'] }],
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '204' } }],
    });
    for (;;) {
      const { status } = await shop.ask('/late');
      if (status === 204) break;
      expect(status).toBe(200);
    }
    expect((await shop.ask('/')).body).toBe('green');
  });

  it('counts as an ALB does: by load balancer, by group, and nothing where nothing was', async () => {
    for (const path of ['/', '/', '/error', '/reset']) await shop.ask(path);
    const summed = new Map<string, number>();
    for (const { namespace, name, dimensions, value } of shop.metrics) {
      if (name.endsWith('HostCount') || name === 'TargetResponseTime') continue;
      const key = [namespace, name, ...Object.keys(dimensions).sort()].join(' ');
      summed.set(key, (summed.get(key) ?? 0) + value);
    }
    const both = (name: string, value: number): [string, number][] => [
      [`AWS/ApplicationELB ${name} LoadBalancer`, value],
      [`AWS/ApplicationELB ${name} LoadBalancer TargetGroup`, value],
    ];
    expect(Object.fromEntries(summed)).toEqual(
      Object.fromEntries([
        ...both('RequestCount', 4),
        ...both('HTTPCode_Target_2XX_Count', 2),
        ...both('HTTPCode_Target_5XX_Count', 1),
        ['AWS/ApplicationELB HTTPCode_ELB_5XX_Count LoadBalancer', 1],
        ['AWS/ApplicationELB HTTPCode_ELB_502_Count LoadBalancer', 1],
      ]),
    );
    const [time] = shop.metrics.filter(({ name }) => name === 'TargetResponseTime');
    expect(time).toMatchObject({
      unit: 'Seconds',
      dimensions: { LoadBalancer: expect.stringMatching(/^app\/shop\/[0-9a-f]{16}$/) as string },
    });
    expect(time?.value).toBeLessThan(5);
    const seconds = shop.elb.traffic(shop.loadBalancer);
    expect(seconds.reduce((sum, { requests }) => sum + (requests[shop.blue] ?? 0), 0)).toBe(4);
    expect(seconds.reduce((sum, { failed }) => sum + (failed[shop.blue] ?? 0), 0)).toBe(2);
  });

  it('counts the targets that are up once a minute', async () => {
    await shop.metric('UnHealthyHostCount');
    const counts = shop.metrics.filter(({ name }) => name.endsWith('HostCount'));
    expect(counts.map(({ name, value }) => [name, value])).toContainEqual(['HealthyHostCount', 1]);
    // Green is behind no rule, and so behind no load balancer.
    expect(counts.filter(({ dimensions }) => dimensions.TargetGroup?.includes('green'))).toEqual([]);
  });

  it('is there again after a restart: its listeners, its rules, its targets', async () => {
    const saved = structuredClone(shop.elb.save());
    await shop.elb.stop();
    const again = balancer(noMetrics, saved);
    await again.start();
    try {
      await becomes(again, shop.blue, 'healthy');
      expect(await askPort(shop.port, '/')).toMatchObject({ status: 200, body: 'blue' });
      expect(again.loadBalancing.targetHealth(shop.green)[0]).toMatchObject({
        state: 'unused',
        reason: 'Target.NotInUse',
      });
    } finally {
      await again.stop();
    }
  });

  it('says so where a port is taken by somebody else, and refuses to listen on it', async () => {
    const messages: string[] = [];
    const again = balancer(noMetrics, structuredClone(shop.elb.save()), messages);
    await again.start();
    await again.stop();
    expect(messages).toEqual([
      `A listener's port, ${shop.port} of 127.0.0.1, is taken: nothing answers there.`,
    ]);
    await expect(
      shop.call('CreateListener', {
        LoadBalancerArn: shop.loadBalancer,
        Protocol: 'HTTP',
        Port: blue.port,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: shop.blue }],
      }),
    ).rejects.toMatchObject({ name: 'InvalidConfigurationRequest' });
    const free = await freePort();
    await shop.call('ModifyListener', { ListenerArn: shop.listener, Port: free });
    expect((await askPort(free, '/')).body).toBe('blue');
  });

  function open(path: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: shop.port, path, agent: false }, resolve)
        .once('error', reject)
        .end();
    });
  }

  async function upgraded(): Promise<Socket> {
    const socket = connect(shop.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: shop\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n');
    const [first] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
    expect(first).toMatch(/^HTTP\/1.1 101 /);
    socket.resume();
    return socket;
  }
});

async function read(stream: IncomingMessage | Socket): Promise<string> {
  let text = '';
  for await (const part of stream) text += String(part);
  return text;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
