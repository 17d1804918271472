import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01, the first date that a ZIP entry can have. */
const date = 0x0021;
const utf8Names = 0x0800;
const deflate = 8;

/** One file of an archive: its name, with `/`, and what it holds. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Buffer;
}

/** A folder as a ZIP archive, as GitHub hands out artifacts. */
export function zipFolder(folder: string): Buffer {
  return zip(
    filesBelow(folder).map((file) => ({
      name: file.split(path.sep).join('/'),
      content: readFileSync(path.join(folder, file)),
    })),
  );
}

/** A ZIP archive. For small ones: it is made in memory, without ZIP64. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { content } = entry;
    const packed = deflateRawSync(content);
    const name = Buffer.from(entry.name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(utf8Names, 2);
    common.writeUInt16LE(deflate, 4);
    common.writeUInt16LE(date, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), common, rest, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/**
 * The files below a folder, by their names in it. Links are no files and no folders: they may lead anywhere, and
 * `readdir` of Node would follow them.
 */
export function filesBelow(folder: string): string[] {
  const walk = (below: string): string[] =>
    readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
      const name = path.join(below, entry.name);
      if (entry.isDirectory()) return walk(name);
      return entry.isFile() ? [name] : [];
    });
  return walk('').sort();
}
