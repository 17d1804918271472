import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openRegistry } from './client.ts';

const subject = `sha256:${'a'.repeat(64)}`;
const wanted = 'application/vnd.sluice.verdict.v1+json';

/** A registry that gives one referrer a page, and does not filter them. */
async function withPages(
  pages: readonly { readonly digest: string; readonly artifactType: string }[],
  linkTo: (page: number) => string,
  work: (registry: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://registry');
    if (url.pathname !== `/v2/team/shop/referrers/${subject}`) {
      response.writeHead(404).end();
      return;
    }
    const page = Number(url.searchParams.get('page') ?? 0);
    const isLast = page === pages.length - 1;
    response
      .writeHead(200, isLast ? {} : { link: linkTo(page + 1) })
      .end(JSON.stringify({ schemaVersion: 2, manifests: [pages[page]] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('what is attached to a digest', () => {
  it.each([
    ['absolute', (page: number) => `</v2/team/shop/referrers/${subject}?page=${page}>; rel="next"`],
    ['without quotes', (page: number) => `</v2/team/shop/referrers/${subject}?page=${page}>;rel=next`],
  ])('is read to its last page, by links that are %s, and only of the type', async (_, linkTo) => {
    const pages = [
      { digest: 'sha256:1', artifactType: wanted },
      { digest: 'sha256:2', artifactType: 'application/vnd.cyclonedx+json' },
      { digest: 'sha256:3', artifactType: wanted },
    ];
    await withPages(pages, linkTo, async (registry) => {
      const found = await openRegistry({ repository: { registry, name: 'team/shop' } }).referrers(
        subject,
        wanted,
      );
      expect(found.map(({ digest }) => digest)).toEqual(['sha256:1', 'sha256:3']);
    });
  });

  it('is nothing where the registry does not know the digest', async () => {
    await withPages(
      [],
      () => '',
      async (registry) => {
        const shop = openRegistry({ repository: { registry, name: 'team/other' } });
        expect(await shop.referrers(subject, wanted)).toEqual([]);
      },
    );
  });
});
