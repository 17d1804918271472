import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readJson } from './json.ts';

const lockFile = z.object({
  lockfileVersion: z.union([z.literal(2), z.literal(3)]),
  packages: z.record(
    z.string(),
    z.object({
      name: z.string().optional(),
      version: z.string().optional(),
      dev: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
});

export interface LockedPackage {
  /** `node_modules/a/node_modules/b` */
  readonly node: string;
  readonly name: string;
  readonly version: string;
}

/** What a `package-lock.json` installs in production. */
export async function readLockFile(workspace: string, file: string): Promise<readonly LockedPackage[]> {
  const { packages } = readJson(await readFile(path.join(workspace, file), 'utf8'), lockFile);
  return Object.entries(packages).flatMap(([node, { name, version, dev, link }]) =>
    node === '' || version === undefined || dev === true || link === true
      ? []
      : [
          {
            node,
            name: name ?? node.slice(node.lastIndexOf('node_modules/') + 'node_modules/'.length),
            version,
          },
        ],
  );
}
