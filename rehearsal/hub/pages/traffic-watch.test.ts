import { jest } from '@jest/globals';
import { canary, trafficStandIn } from '../traffic.fixture.ts';
import type { Traffic, TrafficSource } from '../traffic.ts';
import { TrafficWatch } from './traffic-watch.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('a change is told once, at once where the source says so; more requests are none', () => {
  const source = trafficStandIn();
  source.set(canary(100));
  const told: string[] = [];
  const stop = new TrafficWatch(source).onChange(() => told.push('changed'));
  source.set(canary(200));
  expect(told).toEqual([]);
  source.set(canary(200, { shift: undefined }));
  jest.advanceTimersByTime(3_000);
  expect(told).toEqual(['changed']);
  stop();
});

test('what the source does not tell is seen within a second, while somebody looks', () => {
  let traffic: Traffic = canary(100);
  let asked = 0;
  const source: TrafficSource = {
    environments: () => ['production'],
    traffic: () => {
      asked += 1;
      return traffic;
    },
    onChange: () => () => undefined,
  };
  const watch = new TrafficWatch(source);
  const told: string[] = [];
  const stops = ['first', 'second'].map((name) => watch.onChange(() => told.push(name)));
  const [blue, green] = traffic.sides;
  traffic = {
    ...traffic,
    sides: [
      { ...blue!, percent: 0 },
      { ...green!, percent: 100 },
    ],
  };
  jest.advanceTimersByTime(1_000);
  expect(told).toEqual(['first', 'second']);
  for (const stop of stops) stop();
  asked = 0;
  jest.advanceTimersByTime(10_000);
  expect([asked, jest.getTimerCount()]).toEqual([0, 0]);
});
