import path from 'node:path/posix';

/** An absolute path in the image: `target` as it is seen from `folder`, the working directory. */
export function inImage(folder: string, target: string): string {
  const joined = path.resolve(folder === '' ? '/' : folder, target);
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
}

/** A path in the build context, without `./`, a leading slash, or a way out of it (Docker drops those too). */
export function inContext(source: string): string {
  return path.resolve('/', source).slice(1);
}
