import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ActionStore } from '../engine/action-store.ts';
import type { Source, Sources } from '../engine/sources.ts';
import type { Action } from '../engine/workflow/model.ts';
import { readAction } from '../engine/workflow/read.ts';
import { parseUses } from '../engine/workflow/uses.ts';
import type { StandIn } from '../stand-ins/stand-in.ts';

export type ResolvedAction =
  | { readonly kind: 'stand-in'; readonly standIn: StandIn; readonly ref: string }
  | {
      readonly kind: 'action';
      readonly action: Action;
      readonly folder: string;
      /** What `$/` means within it. */
      readonly source: Source;
      /** Empty for an action of the workspace, as `github.action_repository` and `github.action_ref` are. */
      readonly repository: string;
      readonly ref: string;
    };

export interface ActionSurroundings {
  readonly workspace: string;
  /** The repository of the file with the `uses:`. */
  readonly source: Source;
  readonly sources: Sources;
  readonly store: ActionStore;
  readonly standIns: readonly StandIn[];
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** @throws Error that says what is missing and what to do about it */
export async function resolveAction(uses: string, around: ActionSurroundings): Promise<ResolvedAction> {
  const reference = parseUses(uses);
  switch (reference.kind) {
    case 'docker':
      throw new Error(
        `uses: ${uses}: container actions are not run by the rehearsal. It runs composite and node actions.`,
      );
    case 'workspace': {
      const folder = path.join(around.workspace, reference.path);
      const action = await readActionFile(folder, uses);
      return { kind: 'action', action, folder, source: around.source, repository: '', ref: '' };
    }
    case 'self':
      return fromSource(around.source, reference.path, uses, around);
    case 'repository': {
      const found = await around.sources.find(reference);
      if (found !== undefined) {
        if (found.note !== undefined) around.log(found.note);
        return fromSource(found.source, reference.path, uses, around);
      }
      const name = [reference.owner, reference.name, reference.path].filter((part) => part !== '').join('/');
      const standIn = around.standIns.find(({ action }) => action.toLowerCase() === name.toLowerCase());
      if (standIn !== undefined) return { kind: 'stand-in', standIn, ref: reference.ref };
      throw new Error(
        `uses: ${uses}: this action lives elsewhere, and the rehearsal has no stand-in for it. ` +
          `It has one for ${around.standIns.map(({ action }) => action).join(', ')}. ` +
          'A new one is a file in rehearsal/hub/stand-ins (docs/rehearsal.md).',
      );
    }
  }
}

async function fromSource(
  source: Source,
  folderInRepository: string,
  uses: string,
  around: ActionSurroundings,
): Promise<ResolvedAction> {
  const root = await around.store.folder(source, around.log, around.signal);
  const folder = path.join(root, folderInRepository);
  const action = await readActionFile(folder, uses);
  return { kind: 'action', action, folder, source, repository: source.repository, ref: source.sha };
}

async function readActionFile(folder: string, uses: string): Promise<Action> {
  for (const name of ['action.yml', 'action.yaml']) {
    let content: string;
    try {
      content = await readFile(path.join(folder, name), 'utf8');
    } catch {
      continue;
    }
    const read = readAction({ name: `${uses}/${name}`, content });
    if (read.ok) return read.value;
    throw new Error(read.problems.join('\n'));
  }
  const remedy = uses.startsWith('./')
    ? ' Did you forget to run actions/checkout before it? $/ needs no checkout.'
    : '';
  throw new Error(`uses: ${uses}: there is no action.yml or action.yaml.${remedy}`);
}
