import { judge } from './judge.ts';
import { runLoad, type Load, type Run } from './run.ts';
import { SimulatedTime, seeded, serial, stalling, type Server } from './simulation.fixture.ts';

const run = (load: Load, server: Server, warmUpMs = 0): Promise<Run> => {
  const time = new SimulatedTime();
  return time.passUntil(
    runLoad({
      load,
      warmUpMs,
      connect: time.connectionTo(server),
      report: () => undefined,
      ...time.surroundings,
    }),
  );
};

/** A simulated run keeps the process busy; that is not the client of the simulation. */
const calm = { busy: 0.1, loopDelayP99Ms: 0 };

const open = (ratePerSecond: number, seconds: number): Load => ({
  kind: 'open',
  ratePerSecond,
  durationMs: seconds * 1000,
});
const closed = (requests: number, concurrency: number): Load => ({ kind: 'closed', requests, concurrency });

describe('what a run measures', () => {
  it.each<[string, Load]>([
    ['closed', closed(20_000, 50)],
    ['open', open(200, 100)],
  ])('finds the percentiles of a known distribution within 2 % in the %s model', async (_model, load) => {
    // Exponential above 5 ms, as the latency of a queue is: the share p of it lies below 5 − 20 ln(1 − p). Each of its
    // 20,000 quantiles once, in a random order, so that the sample is the distribution.
    const truth = (p: number): number => 5 - 20 * Math.log(1 - p);
    const random = seeded(7);
    const latencies = Array.from({ length: 20_000 }, (_, index) => ({
      ms: truth((index + 0.5) / 20_000),
      order: random(),
    })).sort((a, b) => a.order - b.order);
    let served = 0;

    const { measured } = await run(load, (arrival) => arrival + (latencies[served++]?.ms ?? NaN));

    const { p50, p75, p90, p95, p99 = 0 } = measured.latency;
    for (const [found, p] of [
      [p50, 0.5],
      [p75, 0.75],
      [p90, 0.9],
      [p95, 0.95],
      [p99, 0.99],
    ] as const) {
      expect(Math.abs(found / truth(p) - 1)).toBeLessThan(0.02);
    }
    expect(measured.requests).toBe(20_000);
  });

  it('sees what users feel of a server that stalls a second in five, where each request is due', async () => {
    const server = stalling(10, 1000, 5000);

    const { measured } = await run(open(100, 30), server);

    // A fifth of all come during a stall, and wait 500 ms on average.
    expect(measured.latency.p99).toBeGreaterThan(940);
    expect(measured.latency.p99).toBeLessThan(1011);
    expect(measured.latency.p90).toBeGreaterThan(500);
    expect(measured.dropped).toBe(0);
  });

  it('would not see it where users wait for one another: that is what the closed model is not for', async () => {
    const { measured } = await run(closed(10_000, 1), stalling(10, 1000, 5000));

    expect(measured.latency.p99).toBeLessThan(19);
    expect(measured.latency.max).toBeGreaterThan(1000);
  });

  it('drops what a server cannot take, says so, and fails', async () => {
    const outcome = await run(open(200, 20), serial(10));

    const { measured } = outcome;
    // A hundred a second get through, and those that wait at the end: 400 connections and two seconds of patience.
    expect(measured.dropped).toBeGreaterThan(1000);
    expect(measured.requests + measured.dropped).toBe(4000);
    const judgement = judge({ ...outcome, pace: calm }, {});
    expect(judgement.outcome).toBe('failed');
    expect(judgement.reasons).toEqual([
      expect.stringMatching(/^dropped sends \d+(\.\d+)? %, expected <= 0%\.$/),
    ]);
  });

  it('sends a thousand a second when they are due', async () => {
    const arrivals: number[] = [];
    const time = new SimulatedTime();
    const connect = time.connectionTo(
      (arrival) => arrival + 3,
      (arrival) => arrivals.push(arrival),
    );

    await time.passUntil(
      runLoad({
        load: open(1000, 2),
        warmUpMs: 0,
        connect,
        report: () => undefined,
        ...time.surroundings,
      }),
    );

    expect(arrivals).toHaveLength(2000);
    arrivals.forEach((arrival, index) => expect(arrival).toBeCloseTo(index, 6));
  });

  it('counts what it sends late from when it was due, and tells how late it was', async () => {
    const time = new SimulatedTime();
    const { measured } = await time.passUntil(
      runLoad({
        load: open(100, 20),
        warmUpMs: 0,
        connect: time.connectionTo((arrival) => arrival + 10),
        report: () => undefined,
        ...time.surroundings,
        // Each timer comes thirty milliseconds after its time.
        sleep: (ms, signal) => time.surroundings.sleep(ms + 30, signal),
      }),
    );

    expect(measured.requests).toBe(2000);
    expect(measured.sendLag?.p99).toBeCloseTo(30, 0);
    expect(measured.latency.p99).toBeCloseTo(40, 0);
  });

  it('keeps as many under way as there are users', async () => {
    let [underWay, most] = [0, 0];
    const time = new SimulatedTime();
    const connect = time.connectionTo((arrival) => arrival + 5);
    const counting = () => {
      const connection = connect();
      return {
        ...connection,
        send: async () => {
          most = Math.max(most, (underWay += 1));
          const exchange = await connection.send();
          underWay -= 1;
          return exchange;
        },
      };
    };

    const { measured } = await time.passUntil(
      runLoad({
        load: closed(1000, 50),
        warmUpMs: 0,
        connect: counting,
        report: () => undefined,
        ...time.surroundings,
      }),
    );

    expect(most).toBe(50);
    expect(measured).toMatchObject({ requests: 1000, elapsedMs: 100, throughput: 10_000 });
  });

  it('does not count the warm-up', async () => {
    let served = 0;
    const { measured } = await run(
      closed(100, 1),
      (arrival) => arrival + ((served += 1) <= 10 ? 100 : 10),
      1000,
    );

    expect(served).toBe(110);
    expect(measured.latency.max).toBeCloseTo(10, 1);
  });

  it('tells p99 of a thousand requests and p99.9 of ten thousand, and not of fewer', async () => {
    const of = async (requests: number) =>
      (await run(closed(requests, 10), (at) => at + 10)).measured.latency;

    expect(await of(999)).toMatchObject({ p99: undefined, p999: undefined });
    expect(await of(1000)).toMatchObject({ p99: expect.closeTo(10, 1) as number, p999: undefined });
    expect(await of(10_000)).toMatchObject({ p999: expect.closeTo(10, 1) as number });
  });

  it('ends as soon as it is aborted', async () => {
    const time = new SimulatedTime();
    const work = runLoad({
      load: open(10, 100),
      warmUpMs: 0,
      connect: time.connectionTo((arrival) => {
        if (arrival >= 1000) time.abort.abort(new Error('cancelled'));
        return arrival + 5;
      }),
      report: () => undefined,
      ...time.surroundings,
      sleep: async (ms, signal) => {
        await time.surroundings.sleep(ms, signal);
        signal.throwIfAborted();
      },
    });

    await expect(time.passUntil(work)).rejects.toThrow('cancelled');
    expect(time.surroundings.now()).toBeLessThan(1200);
  });
});
