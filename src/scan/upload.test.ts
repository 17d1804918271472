import { withGitHub, type Answer } from '../github/github.fake.ts';
import { awaitProcessing, uploadSarif, type Processed, type Uploaded } from './upload.ts';

const id = '47177e22-5596-11eb-80a1-c1e54ef945c6';
const place = { owner: 'acme', repository: 'shop', token: 'the-job-s-token' };

describe('a file for code scanning', () => {
  const upload = async (answer: Answer, token = place.token): Promise<Uploaded> => {
    let uploaded: Uploaded | undefined;
    await withGitHub(
      () => answer,
      async ({ apiUrl }) => {
        const commit = { sha: 'c'.repeat(40), ref: 'refs/heads/main' };
        const sarif = { category: 'image' as const, document: '{}', leftOut: 0 };
        uploaded = await uploadSarif({ ...place, token, apiUrl }, commit, sarif);
      },
    );
    return uploaded!;
  };

  it('is taken under a number by which GitHub can be asked', async () => {
    expect(await upload({ status: 202, body: { id, url: '' } })).toEqual({ kind: 'uploaded', id });
  });

  it.each([
    [403, 'unavailable'],
    [404, 'unavailable'],
    [413, 'refused'],
    [422, 'refused'],
  ])('is not taken with %d: %s', async (status, kind) => {
    expect(await upload({ status, body: { message: 'no' } })).toMatchObject({ kind });
  });

  it('is not handed over without a token', async () => {
    expect(await upload({ status: 202, body: { id } }, '')).toMatchObject({ kind: 'unavailable' });
  });
});

describe('a file that was taken', () => {
  /** GitHub answers in this order, the last of it from then on; time passes as is slept. */
  const process = async (
    ...answers: readonly [Answer, ...Answer[]]
  ): Promise<{ readonly processed: Processed; readonly pauses: readonly number[] }> => {
    let processed: Processed | undefined;
    const pauses: number[] = [];
    await withGitHub(
      (_, count) => answers[Math.min(count, answers.length) - 1] ?? 'drop',
      async ({ apiUrl, asked }) => {
        processed = await awaitProcessing({ ...place, apiUrl }, id, {
          limitMs: 20_000,
          now: () => pauses.reduce((sum, each) => sum + each, 0),
          sleep: (ms) => Promise.resolve(void pauses.push(ms)),
          signal: new AbortController().signal,
        });
        expect(asked.every(({ path }) => path === `/repos/acme/shop/code-scanning/sarifs/${id}`)).toBe(true);
      },
    );
    return { processed: processed!, pauses };
  };
  const status = (body: object): Answer => ({ status: 200, body });
  const pending = status({ processing_status: 'pending' });

  it('is waited for, until it is processed', async () => {
    const { processed, pauses } = await process(pending, pending, status({ processing_status: 'complete' }));
    expect(processed).toEqual({ kind: 'processed' });
    expect(pauses).toEqual([1_000, 2_000]);
  });

  it('has failed for what GitHub says', async () => {
    const errors = ['rejecting SARIF, as there are more runs than allowed (21 > 20)'];
    const failed = status({ processing_status: 'failed', analyses_url: null, errors });
    expect((await process(pending, failed)).processed).toEqual({ kind: 'failed', errors });
    expect((await process(status({ processing_status: 'failed', errors: null }))).processed).toEqual({
      kind: 'failed',
      errors: [],
    });
  });

  it('is not waited for longer than is said', async () => {
    const { processed, pauses } = await process(pending);
    expect(processed).toEqual({ kind: 'unknown', why: 'it was still pending after 20 s' });
    expect(pauses).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('is not known of where GitHub does not say', async () => {
    expect((await process({ status: 404, body: { message: 'Not Found' } })).processed).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('Not Found') as string,
    });
  });

  it('is waited for no longer than the job is there', async () => {
    await withGitHub(
      () => pending,
      async ({ apiUrl }) => {
        const cancelled = AbortSignal.abort(new Error('cancelled'));
        const waiting = awaitProcessing({ ...place, apiUrl }, id, {
          limitMs: 20_000,
          now: () => 0,
          sleep: () => Promise.resolve(),
          signal: cancelled,
        });
        await expect(waiting).rejects.toThrow('cancelled');
      },
    );
  });
});
