import type { Answer, Request } from './endpoint.ts';

const defaultSize = 30;
const largestSize = 100;

/** A page of a plain list. */
export function page<Item>(request: Request, items: readonly Item[], shape: (item: Item) => unknown): Answer {
  const { part, headers } = cut(request.url, items);
  return { kind: 'json', status: 200, body: part.map(shape), headers };
}

/** A page of a list that GitHub wraps with its `total_count`. */
export function countedPage<Item>(
  request: Request,
  key: string,
  items: readonly Item[],
  shape: (item: Item) => unknown,
): Answer {
  const { part, headers } = cut(request.url, items);
  return {
    kind: 'json',
    status: 200,
    body: { total_count: items.length, [key]: part.map(shape) },
    headers,
  };
}

/** `per_page` (30, at most 100) and `page`, with the `Link` header that clients follow. */
function cut<Item>(
  url: URL,
  items: readonly Item[],
): { readonly part: readonly Item[]; readonly headers: Record<string, string> } {
  const size = Math.min(largestSize, positive(url.searchParams.get('per_page')) ?? defaultSize);
  const number = positive(url.searchParams.get('page')) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (relation: string, to: number): string => {
    const target = new URL(url);
    target.searchParams.set('page', String(to));
    return `<${target.href}>; rel="${relation}"`;
  };
  const links = [
    ...(number > 1 ? [link('prev', Math.min(number - 1, last))] : []),
    ...(number < last ? [link('next', number + 1), link('last', last)] : []),
    ...(number > 1 ? [link('first', 1)] : []),
  ];
  return {
    part: items.slice((number - 1) * size, number * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
