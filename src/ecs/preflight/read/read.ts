import type { Read } from '../facts.ts';

/** A part that could not be read says why: the others are read all the same. */
export async function read<T>(work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error: unknown) {
    return { ok: false, error };
  }
}

/** Reads each of several, at once, by what it is called. */
export async function readEach<T>(
  names: readonly string[],
  work: (name: string) => Promise<T>,
): Promise<Record<string, Read<T>>> {
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await read(() => work(name))] as const)),
  );
}

/** `undefined` in place of the error that says that it is not there. */
export async function unlessMissing<T>(
  missing: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error: unknown) {
    if (missing(error)) return undefined;
    throw error;
  }
}
