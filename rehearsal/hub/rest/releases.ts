import type { Release } from '../model.ts';
import type { RestContext } from './context.ts';
import { created, empty, endpoint, ok, type Endpoint } from './endpoint.ts';
import { invalid, notFound } from './errors.ts';
import { page } from './pagination.ts';
import { release } from './shapes/release.ts';

/** Releases: the notes that a tag has. Files cannot be attached to them here. */
export function releaseEndpoints({ hub, at, commits, now }: RestContext): readonly Endpoint[] {
  const newestFirst = (): Release[] => [...hub.releases.values()].sort((a, b) => b.id - a.id);
  const published = (): Release[] => newestFirst().filter(({ draft }) => !draft);
  const found = (record: Release | undefined): Release => {
    if (record === undefined) throw notFound();
    return record;
  };
  const find = (id = ''): Release => found(hub.releases.get(Number(id)));
  const save = (record: Release): void => {
    hub.releases.set(record.id, record);
    hub.announce({ kind: 'record' });
  };
  const refuseTaken = (tag: string, id?: number): void => {
    const taken = published().some((one) => one.tag === tag && one.id !== id);
    if (taken) throw invalid('Release', 'tag_name', 'Validation Failed', 'already_exists');
  };
  /** Tags are pushed to the rehearsal; it makes none by itself. */
  const refuseUnknown = async (tag: string): Promise<void> => {
    const isThere = (await commits.refs()).some(({ ref }) => ref === `refs/tags/${tag}`);
    if (!isThere) throw invalid('Release', 'tag_name', `Tag ${tag} is not in the repository: push it first.`);
  };

  return [
    endpoint('repos/list-releases', 'contents=read', (request) => {
      // Drafts are shown to those who may write.
      const all = request.caller.may('contents', 'write') ? newestFirst() : published();
      return page(request, all, (record) => release(at, record));
    }),

    endpoint('repos/create-release', 'contents=write', async ({ body, caller }) => {
      const draft = body.draft ?? false;
      if (!draft) {
        refuseTaken(body.tag_name);
        await refuseUnknown(body.tag_name);
      }
      const at0 = now().toISOString();
      const record: Release = {
        id: hub.nextId(),
        tag: body.tag_name,
        name: body.name ?? body.tag_name,
        body: body.body ?? '',
        draft,
        prerelease: body.prerelease ?? false,
        target: body.target_commitish ?? hub.repository.defaultBranch,
        author: caller.login,
        createdAt: at0,
        updatedAt: at0,
        ...(draft ? {} : { publishedAt: at0 }),
      };
      save(record);
      return created(release(at, record));
    }),

    endpoint('repos/get-release', 'contents=read', ({ params }) => ok(release(at, find(params.release_id)))),

    endpoint('repos/get-latest-release', 'contents=read', () =>
      ok(release(at, found(published().find(({ prerelease }) => !prerelease)))),
    ),

    endpoint('repos/get-release-by-tag', 'contents=read', ({ params }) =>
      ok(release(at, found(published().find(({ tag }) => tag === params.tag)))),
    ),

    endpoint('repos/update-release', 'contents=write', async ({ params, body }) => {
      const record = find(params.release_id);
      const draft = body.draft ?? record.draft;
      const tag = body.tag_name ?? record.tag;
      if (!draft) {
        refuseTaken(tag, record.id);
        await refuseUnknown(tag);
      }
      const at0 = now().toISOString();
      Object.assign(record, {
        tag,
        draft,
        name: body.name ?? record.name,
        body: body.body ?? record.body,
        prerelease: body.prerelease ?? record.prerelease,
        target: body.target_commitish ?? record.target,
        updatedAt: at0,
        ...(draft || record.publishedAt !== undefined ? {} : { publishedAt: at0 }),
      } satisfies Partial<Release>);
      save(record);
      return ok(release(at, record));
    }),

    endpoint('repos/delete-release', 'contents=write', ({ params }) => {
      hub.releases.delete(find(params.release_id).id);
      hub.announce({ kind: 'record' });
      return empty();
    }),
  ];
}
