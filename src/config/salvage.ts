import type { Path, Source } from './document.ts';
import { mistakesOf, valueAt, type Mistake } from './issues.ts';
import { schema, type Config } from './schema/index.ts';

interface Salvaged {
  /** The file without its mistakes; `undefined` where too little is left. */
  readonly config: Config | undefined;
  readonly mistakes: readonly Mistake[];
}

/** Each round takes at least one value away; a file of many mistakes needs two or three. */
const mostRounds = 20;

/**
 * Parses a file with mistakes: finds them all, and makes what is left of the file valid, so that the rules between
 * keys can be asked about it and all mistakes be reported at once.
 */
export function salvage(value: unknown, source: Source): Salvaged {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { config: parsed.data, mistakes: [] };
  // zod finds everything at once; the rounds after the first only clear away.
  const mistakes = mistakesOf(parsed.error.issues, value, source);
  const rest = structuredClone(value);
  let found = mistakes;
  for (let round = 0; round < mostRounds && isMap(rest); round += 1) {
    for (const { path } of found) takeAway(rest, path);
    const again = schema.safeParse(rest);
    if (again.success) return { config: again.data, mistakes };
    found = mistakesOf(again.error.issues, rest, source);
  }
  return { config: undefined, mistakes };
}

/** Takes a value away, or puts something harmless where there has to be one. */
function takeAway(root: object, path: Path): void {
  const inList = path.findIndex((part) => typeof part === 'number');
  const whole = inList === -1 ? path : path.slice(0, inList);
  const key = whole.at(-1);
  if (key === undefined) return;
  const parent = valueAt(root, whole.slice(0, -1));
  if (!isMap(parent)) return;
  const instead = standIn(whole);
  if (instead !== undefined) parent[key] = instead;
  else if (Object.hasOwn(parent, key)) Reflect.deleteProperty(parent, key);
  // What is missing cannot be taken away: what it is missing in can.
  else takeAway(root, whole.slice(0, -1));
}

/** For what has to be there, so that the rest of the file can be judged. No rule looks at a value that was broken. */
function standIn(path: Path): unknown {
  const [top, name, key] = path;
  if (path.length === 1 && top === 'service') return 'service';
  if (path.length === 3 && top === 'environments' && key === 'on') return { branch: `of-${String(name)}` };
  return undefined;
}

function isMap(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
