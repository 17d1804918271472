import { Teardown } from './teardown.ts';

describe('a teardown', () => {
  it('undoes the last first, once, and goes on where a step fails', async () => {
    const undone: string[] = [];
    const failures: unknown[] = [];
    const broken = new Error('stuck');
    const teardown = new Teardown((error) => failures.push(error));
    teardown.add(() => undone.push('first'));
    teardown.add(() => Promise.reject(broken));
    teardown.add(async () => {
      await Promise.resolve();
      undone.push('last');
    });
    await Promise.all([teardown.run(), teardown.run()]);
    await teardown.run();
    expect(undone).toEqual(['last', 'first']);
    expect(failures).toEqual([broken]);
  });
});
