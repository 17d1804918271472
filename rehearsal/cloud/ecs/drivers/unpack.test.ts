import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Images, type LayerEntry } from '../testing/images.ts';
import { pruneRoots, unpackedRoot } from './unpack.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(tmpdir(), 'sluice-unpack-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

async function unpack(...layers: (readonly LayerEntry[])[]): Promise<string> {
  const images = new Images();
  return unpackedRoot(await images.add('image', layers, {}), images, cache);
}

/** Paths of all files below a folder, sorted. */
function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

describe('unpacking', () => {
  it('puts the layers over one another', async () => {
    const root = await unpack(
      [
        { name: './app/', type: 'directory' },
        { name: 'app/old.js', content: 'old' },
        { name: 'app/kept.js', content: 'kept' },
        { name: 'data/a', content: 'a' },
        { name: 'bin/run', content: '#!', mode: 0o755 },
      ],
      [
        { name: 'app/.wh.old.js' },
        { name: 'data/b', content: 'b' },
        { name: 'data/.wh..wh..opq' },
        { name: 'app/kept.js', content: 'changed' },
      ],
    );
    expect(filesOf(root)).toEqual(['app/kept.js', 'bin/run', 'data/b']);
    expect(readFileSync(path.join(root, 'app/kept.js'), 'utf8')).toBe('changed');
  });

  it('makes an absolute link mean the root of the image', async () => {
    const root = await unpack([
      { name: 'usr/bin/node', content: 'node' },
      { name: 'opt/tools/node', type: 'symlink', linkname: '/usr/bin/node' },
      { name: 'hard', type: 'link', linkname: 'usr/bin/node' },
    ]);
    expect(readlinkSync(path.join(root, 'opt/tools/node'))).toBe('../../usr/bin/node');
    expect(readFileSync(path.join(root, 'opt/tools/node'), 'utf8')).toBe('node');
    expect(readFileSync(path.join(root, 'hard'), 'utf8')).toBe('node');
  });

  it('keeps names with .. inside the root', async () => {
    const root = await unpack([{ name: '../../../../escaped', content: 'x' }]);
    expect(filesOf(root)).toEqual(['escaped']);
  });

  it.each<[string, LayerEntry[]]>([
    ['a link out of the root', [{ name: 'out', type: 'symlink', linkname: '../../../etc' }]],
    [
      'a file through a link',
      [
        { name: 'in', type: 'symlink', linkname: 'app' },
        { name: 'in/file', content: 'x' },
      ],
    ],
    [
      'a hard link through a link',
      [
        { name: 'deep/er/up', type: 'symlink', linkname: '../..' },
        { name: 'out', type: 'symlink', linkname: 'deep/er/up/..' },
        { name: 'stolen', type: 'link', linkname: 'out/etc/passwd' },
      ],
    ],
    ['a whiteout of the folder above', [{ name: 'app/.wh...' }]],
  ])('refuses %s, and keeps nothing', async (_, entries) => {
    await expect(unpack(entries)).rejects.toThrow(/^The layer/);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('unpacks an image once, and another one again', async () => {
    const first = await unpack([{ name: 'a', content: '1' }]);
    expect(await unpack([{ name: 'a', content: '1' }])).toBe(first);
    expect(await unpack([{ name: 'a', content: '2' }])).not.toBe(first);
  });

  it('forgets the images that were not used for longest, and what was never finished', async () => {
    const roots: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      const root = await unpack([{ name: 'a', content: String(index) }]);
      utimesSync(root, index, index);
      roots.push(root);
    }
    pruneRoots(cache);
    expect(roots.map((root) => existsSync(root))).toEqual([false, false, true, true, true, true, true]);
  });
});
