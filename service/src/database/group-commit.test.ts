import { GroupCommit } from './group-commit.ts';

describe('the group commit', () => {
  it('commits together what comes at once, and in its order', async () => {
    const batches: (readonly number[])[] = [];
    const log = new GroupCommit<number>((items) => {
      batches.push(items);
      return Promise.resolve();
    }, 3);
    await Promise.all([1, 2, 3, 4].map((item) => log.add(item)));
    expect(batches).toEqual([[1, 2, 3], [4]]);
  });

  it('gathers the next batch while one is under way', async () => {
    const batches: (readonly number[])[] = [];
    const under = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const log = new GroupCommit<number>(async (items) => {
      batches.push(items);
      begun.resolve(undefined);
      await under.promise;
    });
    const first = log.add(1);
    await begun.promise;
    const rest = [log.add(2), log.add(3)];
    expect(batches).toEqual([[1]]);
    under.resolve(undefined);
    await Promise.all([first, ...rest]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('acknowledges nothing that is not committed', async () => {
    const stored = new Set<number>();
    const log = new GroupCommit<number>((items) => {
      if (items.includes(13)) return Promise.reject(new Error('not this one'));
      for (const item of items) stored.add(item);
      return Promise.resolve();
    });
    const outcomes = await Promise.allSettled([12, 13, 14].map((item) => log.add(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([...stored]).toEqual([12, 14]);
    await log.add(15);
    expect(stored.has(15)).toBe(true);
  });
});
