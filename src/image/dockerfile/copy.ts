import type { Instruction } from 'dockerfile-ast';
import { expand } from './expand.ts';
import { flagsOf, parseVector, withoutFlags } from './forms.ts';
import { inContext, inImage } from './paths.ts';
import type { CopyStep, Owner } from './stage.ts';

/** A stage before the last one, as far as it can be copied from. */
export interface OtherStage {
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

interface CopySurroundings {
  /** The working directory at this line. */
  readonly folder: string;
  readonly variables: ReadonlyMap<string, string>;
  /** The stages before the last one. */
  readonly others: readonly OtherStage[];
  readonly report: (message: string) => void;
}

/** Reads a `COPY`; what it cannot honour is reported. */
export function readCopy(instruction: Instruction, surroundings: CopySurroundings): CopyStep | undefined {
  const { folder, variables, others, report } = surroundings;
  const flags = flagsOf(instruction);
  const content = withoutFlags(instruction);
  const words = (parseVector(content) ?? content.split(/\s+/)).map((word) => expand(word, variables));
  const target = words.at(-1);
  const sources = words.slice(0, -1);
  const line = instruction.getRange().start.line + 1;
  if (target === undefined || sources.length === 0) {
    report('COPY: expected at least one source and a destination');
    return undefined;
  }
  if (content.includes('<<')) {
    report('COPY with a here-document is not understood');
    return undefined;
  }
  const owner = readOwner(flags.get('chown') ?? '0:0', report);
  const mode = readMode(flags.get('chmod'), report);
  for (const name of flags.keys()) {
    // `--link` only says how layers are stored.
    if (!['from', 'chown', 'chmod', 'link'].includes(name)) report(`COPY --${name} is not understood`);
  }
  const path = inImage(folder, target);
  const destination = { path, isFolder: sources.length > 1 || target.endsWith('/') || path === folder };

  const stageName = flags.get('from');
  if (stageName === undefined) {
    return { from: 'context', line, sources: sources.map(inContext), destination, mode, owner };
  }
  const [source = ''] = sources;
  const stage = others.find(({ name }, index) => name === stageName || String(index) === stageName);
  if (stage === undefined) {
    report(`COPY --from=${stageName}: copying out of another image needs that image`);
    return undefined;
  }
  if (sources.length !== 1 || !/(^|\/)node_modules\/?$/.test(source)) {
    report(
      `COPY --from=${stageName} ${sources.join(' ')}: only node_modules can be made without running the stage`,
    );
    return undefined;
  }
  const npmFlags = findInstall(stage);
  if (npmFlags === undefined) {
    report(`COPY --from=${stageName}: that stage has no "RUN npm ci" to make node_modules with`);
    return undefined;
  }
  // Docker copies the *content* of a source folder.
  return { from: 'dependencies', line, destination: { ...destination, isFolder: false }, npmFlags, owner };
}

/** The flags of the stage's `npm ci`, those that decide what is installed. */
function findInstall({ instructions }: OtherStage): readonly string[] | undefined {
  for (const instruction of instructions) {
    if (instruction.getKeyword() !== 'RUN') continue;
    const [, flags] =
      /(?:^|[\s;&|])npm\s+(?:ci|clean-install)\b([^;&|]*)/.exec(withoutFlags(instruction)) ?? [];
    if (flags === undefined) continue;
    return flags
      .split(/\s+/)
      .filter((flag) => /^--(omit|include|ignore-scripts|legacy-peer-deps|production)\b/.test(flag));
  }
  return undefined;
}

/** Names cannot be looked up without the base; `node` is 1000:1000 in every official Node.js image. */
function readOwner(text: string, report: (message: string) => void): Owner {
  const [user = '', group = user] = text.split(':');
  const id = (name: string): number | undefined =>
    /^\d+$/.test(name) ? Number(name) : name === 'root' ? 0 : name === 'node' ? 1000 : undefined;
  const userId = id(user);
  const groupId = id(group);
  if (userId === undefined || groupId === undefined) {
    report(`COPY --chown=${text}: the names are in the base image; use numbers`);
    return { user: 0, group: 0 };
  }
  return { user: userId, group: groupId };
}

function readMode(text: string | undefined, report: (message: string) => void): number | undefined {
  if (text === undefined) return undefined;
  if (/^0?[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8);
  report(`COPY --chmod=${text}: expected an octal mode such as 755`);
  return undefined;
}
