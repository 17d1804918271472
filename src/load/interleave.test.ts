import { compare } from './compare.ts';
import { interleave } from './interleave.ts';
import type { Load } from './run.ts';
import { SimulatedTime, seeded } from './simulation.fixture.ts';

describe('interleaving two releases', () => {
  const load: Load = { kind: 'closed', requests: 1000, concurrency: 50 };

  it('asks them in turn, neither always first, in twenty blocks of each', async () => {
    const time = new SimulatedTime();
    const order: string[] = [];
    const connect = (name: string) =>
      time.connectionTo(
        (arrival) => arrival + 10,
        () => order.push(name),
      );

    const { current, previous } = await time.passUntil(
      interleave({
        load,
        warmUpMs: 0,
        connectCurrent: connect('current'),
        connectPrevious: connect('previous'),
        ...time.surroundings,
      }),
    );

    expect(current).toHaveLength(20);
    expect(previous).toHaveLength(20);
    expect(current.every(({ requests, failed }) => requests === 400 && failed === 0)).toBe(true);
    const turns = order.filter((_, index) => index % 400 === 0);
    expect(turns.slice(0, 6)).toEqual(['previous', 'current', 'current', 'previous', 'previous', 'current']);
    expect(order).toHaveLength(16_000);
  });

  it.each<[string, number, string]>([
    ['the same', 1, 'not worse'],
    ['a fifth slower', 1.2, 'worse'],
  ])(
    'finds %s release out, although the machine becomes a tenth slower meanwhile',
    async (_what, factor, result) => {
      const time = new SimulatedTime();
      const random = seeded(5);
      const server = (slower: number) => (arrival: number) =>
        arrival + slower * (1 + arrival / 130_000) * (20 - 20 * Math.log(1 - random()));

      const { current, previous } = await time.passUntil(
        interleave({
          load,
          warmUpMs: 500,
          connectCurrent: time.connectionTo(server(factor)),
          connectPrevious: time.connectionTo(server(1)),
          ...time.surroundings,
        }),
      );

      expect(compare(current, previous).result).toBe(result);
    },
  );
});
