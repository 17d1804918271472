import { retry, type RetryPolicy } from './retry.ts';

describe('trying again', () => {
  const policy = (waits: number[], changes: Partial<RetryPolicy> = {}): RetryPolicy => ({
    attempts: 4,
    baseMs: 100,
    isTransient: () => true,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    random: () => 0.5,
    ...changes,
  });

  it('waits longer each time, and gives the first answer', async () => {
    const waits: number[] = [];
    const answer = await retry((attempt) => {
      if (attempt < 4) throw new Error('no');
      return Promise.resolve(attempt);
    }, policy(waits));
    expect(answer).toBe(4);
    expect(waits).toEqual([75, 150, 300]);
  });

  it('gives up after the last attempt with the last error', async () => {
    const waits: number[] = [];
    await expect(
      retry((attempt) => Promise.reject(new Error(`attempt ${attempt}`)), policy(waits)),
    ).rejects.toThrow('attempt 4');
    expect(waits).toHaveLength(3);
  });

  it('does not repeat what is not transient, nor after it was cancelled', async () => {
    const waits: number[] = [];
    await expect(
      retry(() => Promise.reject(new Error('denied')), policy(waits, { isTransient: () => false })),
    ).rejects.toThrow('denied');
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(retry(() => Promise.reject(new Error('x')), policy(waits, { signal }))).rejects.toThrow(
      'cancelled',
    );
    expect(waits).toEqual([]);
  });
});
