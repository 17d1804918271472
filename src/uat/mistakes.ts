import { nearest, shown, type Path, type Problem, type Source } from '../config/index.ts';

/** A mapping of YAML. */
export type Keys = Readonly<Record<string, unknown>>;

export function isKeys(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with a file. Reading goes on after a mistake, so that the others are found too. */
export class Mistakes {
  readonly problems: Problem[];
  readonly source: Source;

  constructor(source: Source, problems: readonly Problem[]) {
    this.source = source;
    this.problems = [...problems];
  }

  /** @param at whether it is the key that is wrong, or its value */
  add(
    path: Path,
    value: string | undefined,
    expected: string,
    suggestion?: string,
    at: 'key' | 'value' = 'value',
  ): void {
    const { file } = this.source;
    const place = at === 'key' ? this.source.keyAt(path) : this.source.valueAt(path);
    this.problems.push({ file, ...place, path: path.join('.'), value, expected, suggestion });
  }

  /** A mapping of known keys; what is unknown is a mistake, and the rest is returned all the same. */
  keys(value: unknown, path: Path, known: readonly string[], expected: string): Keys | undefined {
    if (!isKeys(value)) {
      this.add(path, shown(value ?? undefined), expected);
      return undefined;
    }
    for (const key of Object.keys(value).filter((name) => !known.includes(name))) {
      const found = `the unknown key ${shown(key)}`;
      this.add([...path, key], found, `one of ${known.join(', ')}`, nearest(key, known), 'key');
    }
    return value;
  }

  /** The entries of a list that is not empty, each with its path. */
  list(value: unknown, path: Path, expected: string): (readonly [entry: unknown, at: Path])[] {
    if (Array.isArray(value) && value.length > 0)
      return value.map((entry: unknown, index) => [entry, [...path, index]]);
    this.add(path, shown(value ?? undefined), expected, undefined, 'key');
    return [];
  }

  /** A text; an empty one stands for what is none. */
  text(value: unknown, path: Path): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.add(path, shown(value), 'a text that is not empty', undefined, 'key');
    return '';
  }
}
