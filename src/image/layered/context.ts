import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ContextCopy } from '../dockerfile/stage.ts';
import { Failure } from '../../github/index.ts';
import { type FoundFile, listFiles, toEntry } from './files.ts';
import { readIgnore, toRegExp } from './ignore.ts';
import { addParents, type LayerContent } from './layer.ts';

/** The build context: what a `COPY` may see. */
interface BuildContext {
  /** Absolute. */
  readonly folder: string;
  readonly files: readonly FoundFile[];
}

/** Lists the context without what `<dockerfile>.dockerignore` or `.dockerignore` leaves out. */
export async function readContextFolder(folder: string, dockerfile: string): Promise<BuildContext> {
  const own = await readOptional(path.join(folder, `${dockerfile}.dockerignore`));
  const ignore = readIgnore(own ?? (await readOptional(path.join(folder, '.dockerignore'))) ?? '');
  const files = await listFiles(
    folder,
    (file, isFolder) => ignore.ignores(file) && !(isFolder && ignore.hasExceptionBelow(file)),
  );
  return {
    folder,
    files: files.filter(({ path: file, type }) => type === 'folder' || !ignore.ignores(file)),
  };
}

/**
 * The entries that one `COPY` adds, as Docker would: a folder gives its content, a file goes to the destination or
 * into it, a pattern gives all that it matches.
 *
 * @throws Failure where a source is not in the context.
 */
export async function copyFromContext(
  context: BuildContext,
  copy: ContextCopy,
  dockerfile: string,
): Promise<LayerContent> {
  const content: LayerContent = new Map();
  const target = copy.destination.path.slice(1);
  const put = async (file: FoundFile, destination: string): Promise<void> => {
    if (destination === '') return;
    addParents(content, destination);
    content.set(destination, await toEntry(context.folder, file, copy.owner, copy.mode));
  };
  for (const source of copy.sources) {
    const matches = find(context, source);
    if (matches.length === 0) {
      throw new Failure(`COPY ${source}: there is no such file in the build context`, {
        where: `${dockerfile}:${copy.line}`,
        why: `${source === '' ? 'the context' : source} is not in ${context.folder}, or .dockerignore leaves it out`,
        remedy: 'Correct the path, or the line of .dockerignore',
      });
    }
    for (const match of matches) {
      if (match.type === 'folder') {
        const below = context.files.filter(
          ({ path: file }) => match.path === '' || file.startsWith(`${match.path}/`),
        );
        if (target !== '') await put({ path: match.path, type: 'folder' }, target);
        for (const file of below) {
          const rest = match.path === '' ? file.path : file.path.slice(match.path.length + 1);
          await put(file, target === '' ? rest : `${target}/${rest}`);
        }
      } else {
        const intoFolder = copy.destination.isFolder || matches.length > 1;
        const name = path.posix.basename(match.path);
        await put(match, !intoFolder ? target : target === '' ? name : `${target}/${name}`);
      }
    }
  }
  return content;
}

function find(context: BuildContext, source: string): readonly FoundFile[] {
  if (source === '') return [{ path: '', type: 'folder' }];
  const exact = context.files.find((file) => file.path === source);
  if (exact !== undefined) return [exact];
  if (!/[*?[]/.test(source)) return [];
  const depth = source.split('/').length;
  const pattern = toRegExp(source);
  return context.files.filter((file) => file.path.split('/').length === depth && pattern.test(file.path));
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
