import { shared } from './credentials.ts';

const minuteMs = 60_000;

describe('credentials that all clients share', () => {
  const provider = () => {
    const pending: PromiseWithResolvers<{
      accessKeyId: string;
      secretAccessKey: string;
      expiration: Date;
    }>[] = [];
    return {
      pending,
      provide: () => {
        const one = Promise.withResolvers<{
          accessKeyId: string;
          secretAccessKey: string;
          expiration: Date;
        }>();
        pending.push(one);
        return one.promise;
      },
    };
  };
  const issued = (accessKeyId: string, endsAtMs: number) => ({
    accessKeyId,
    secretAccessKey: 'secret',
    expiration: new Date(endsAtMs),
  });

  it('are asked for once, however many clients ask at the same time', async () => {
    const { pending, provide } = provider();
    const credentials = shared(provide, () => 0);
    const asked = [credentials(), credentials(), credentials()];
    pending[0]!.resolve(issued('one', 60 * minuteMs));
    expect((await Promise.all(asked)).map(({ accessKeyId }) => accessKeyId)).toEqual(['one', 'one', 'one']);
    expect(pending).toHaveLength(1);
  });

  it('are asked for again five minutes before they end, and not earlier', async () => {
    const { pending, provide } = provider();
    let now = 0;
    const credentials = shared(provide, () => now);
    const first = credentials();
    pending[0]!.resolve(issued('one', 60 * minuteMs));
    await first;
    now = 55 * minuteMs;
    expect((await credentials()).accessKeyId).toBe('one');
    now = 55 * minuteMs + 1;
    const second = credentials();
    pending[1]!.resolve(issued('two', 115 * minuteMs));
    expect((await second).accessKeyId).toBe('two');
    expect((await credentials()).accessKeyId).toBe('two');
    expect(pending).toHaveLength(2);
  });

  it('are asked for again after they were refused', async () => {
    const { pending, provide } = provider();
    const credentials = shared(provide, () => 0);
    const refused = credentials();
    pending[0]!.reject(new Error('not today'));
    await expect(refused).rejects.toThrow('not today');
    const again = credentials();
    pending[1]!.resolve(issued('two', 60 * minuteMs));
    expect((await again).accessKeyId).toBe('two');
  });
});
