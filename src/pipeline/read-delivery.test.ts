import { withGitHub, type Answer, type Asked } from '../github/github.fake.ts';
import { readDelivery } from './read-delivery.ts';

const now = new Date('2026-11-24T12:00:00Z');
const hours = (ago: number): string => new Date(now.getTime() - ago * 3_600_000).toISOString();

/** A repository with a deployment every so many hours, each of a commit two hours older, that served within one. */
function gitHubWith(count: number, everyHours: number, commit: Answer | undefined): (asked: Asked) => Answer {
  return ({ path }) => {
    const url = new URL(path, 'http://github');
    const status = /\/deployments\/(\d+)\/statuses/.exec(url.pathname)?.[1];
    if (status !== undefined) {
      const ago = Number(status) * everyHours;
      return { status: 200, body: [{ state: 'success', description: '', created_at: hours(ago - 1) }] };
    }
    const ref = /\/commits\/0*(\d+)$/.exec(url.pathname)?.[1];
    if (ref !== undefined) {
      const date = hours(Number(ref) * everyHours + 2);
      return commit ?? { status: 200, body: { sha: ref, commit: { committer: { date } } } };
    }
    expect(url.searchParams.get('environment')).toBe('production');
    return {
      status: 200,
      body: Array.from({ length: count }, (_, index) => ({
        id: index + 1,
        sha: String(index + 1).padStart(40, '0'),
        environment: 'production',
        created_at: hours((index + 1) * everyHours),
        payload: {},
      })),
    };
  };
}

async function read(answer: (asked: Asked) => Answer) {
  let asked = 0;
  let delivery;
  await withGitHub(answer, async (github) => {
    const connection = { token: 't', owner: 'o', repository: 'r', apiUrl: github.apiUrl };
    delivery = await readDelivery(connection, 'production', now);
    asked = github.asked.length;
  });
  return { delivery, asked };
}

describe('reading how delivery to an environment goes', () => {
  it('takes the deployments of the last thirty days, and the times of their commits', async () => {
    // Every ten days: the fourth is older.
    const { delivery } = await read(gitHubWith(4, 239, undefined));
    expect(delivery).toMatchObject({ days: 30, delivered: 3, perWeek: 0.7, leadTime: 3 * 3_600_000 });
  });

  it('reads so many and no more, and then speaks of the time that these are of', async () => {
    const { delivery, asked } = await read(gitHubWith(60, 2, undefined));
    expect(delivery).toMatchObject({ delivered: 20, days: 40 / 24 });
    expect(asked).toBe(1 + 2 * 20);
  });

  it('does without the time of a commit that is gone, and fails where it may not read it', async () => {
    const answer = (status: number): Answer => ({ status, body: { message: 'no' } });
    expect((await read(gitHubWith(1, 2, answer(404)))).delivery).toMatchObject({
      delivered: 1,
      leadTime: undefined,
    });
    await expect(read(gitHubWith(1, 2, answer(403)))).rejects.toMatchObject({ status: 403 });
  });
});
