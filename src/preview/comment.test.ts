import { withGitHub, type Answer, type Asked } from '../github/github.fake.ts';
import { heardRunner } from '../github/runner.fixture.ts';
import { markOf, writeStandingComment } from './comment.ts';

interface Kept {
  readonly id: number;
  readonly user: { readonly id: number; readonly type: 'Bot' | 'User' };
  body: string;
  readonly html_url: string;
}

const bot = { id: 41898282, type: 'Bot' } as const;
const ada = { id: 5, type: 'User' } as const;

/** Comments as GitHub keeps them, for a token of `by`. */
function comments(
  by: Kept['user'],
  given: readonly Pick<Kept, 'user' | 'body'>[] = [],
): { readonly kept: Kept[]; readonly answer: (asked: Asked) => Answer } {
  const kept: Kept[] = [];
  const add = (user: Kept['user'], body: string): Kept => {
    const id = kept.length + 1;
    const one = { id, user, body, html_url: `https://github.test/7#${id}` };
    kept.push(one);
    return one;
  };
  for (const { user, body } of given) add(user, body);
  return {
    kept,
    answer: ({ method, path, body }) => {
      const text = (body as { body?: string } | undefined)?.body ?? '';
      if (method === 'GET' && path.startsWith('/repos/acme/shop/issues/7/comments'))
        return { status: 200, body: kept };
      if (method === 'POST') return { status: 201, body: add(by, text) };
      if (method === 'PATCH') {
        const one = kept.find(({ id }) => path === `/repos/acme/shop/issues/comments/${id}`);
        if (one === undefined) return { status: 404, body: {} };
        one.body = text;
        return { status: 200, body: one };
      }
      // An installation's token is nobody's.
      return by.type === 'Bot'
        ? { status: 403, body: { message: 'Resource not accessible by integration' } }
        : { status: 200, body: by };
    },
  };
}

async function write(answer: (asked: Asked, count: number) => Answer): Promise<string[]> {
  const { runner, lines } = heardRunner();
  await withGitHub(answer, async ({ apiUrl }) => {
    const connection = { owner: 'acme', repository: 'shop', apiUrl, token: 'x', runner };
    await writeStandingComment(connection, { pullRequest: 7, key: 'sluice.yml', body: 'now' });
  });
  return lines;
}

const mark = markOf('sluice.yml');
const bodies = (kept: readonly Kept[]): string[] => kept.map(({ body }) => body);

describe('the comment of a preview', () => {
  it('is written once, and rewritten after that', async () => {
    const { kept, answer } = comments(bot);
    await write(answer);
    await write(answer);
    expect(bodies(kept)).toEqual([`${mark}\nnow`]);
  });

  it('is rewritten where the token is a person’s own', async () => {
    const { kept, answer } = comments(ada, [{ user: ada, body: `${mark}\nbefore` }]);
    await write(answer);
    expect(bodies(kept)).toEqual([`${mark}\nnow`]);
  });

  it('is not what another person wrote, whatever that holds', async () => {
    const { kept, answer } = comments(bot, [{ user: ada, body: `${mark}\nmine` }]);
    expect(await write(answer)).toEqual([]);
    expect(bodies(kept)).toEqual([`${mark}\nmine`, `${mark}\nnow`]);
  });

  it('is there once where GitHub wrote it and did not say so', async () => {
    const { kept, answer } = comments(bot);
    let isLost = true;
    await write((asked) => {
      const given = answer(asked);
      if (asked.method !== 'POST' || !isLost) return given;
      isLost = false;
      return 'drop';
    });
    expect(bodies(kept)).toEqual([`${mark}\nnow`]);
  });

  it('is a warning where the token may not write', async () => {
    const lines = await write(({ method }) =>
      method === 'GET'
        ? { status: 200, body: [] }
        : { status: 403, body: { message: 'Resource not accessible by integration' } },
    );
    expect(lines).toEqual([
      expect.stringMatching(/^::warning::The preview could not be written .*pull-requests: write/),
    ]);
  });
});
