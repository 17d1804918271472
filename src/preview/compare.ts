import { comparisonMatrix, matchEnvironment, type Config } from '../config/index.ts';
import { stagesOf } from '../pipeline/index.ts';
import { compareDefinitions, type DefinitionChange } from './definition.ts';
import type { Version } from './versions.ts';

/** What merging a pull request changes, and what it deploys. */
export interface Preview {
  /** What the push to the base branch deploys; `undefined` where it deploys nothing. */
  readonly deploys: { readonly environment: string; readonly stages: readonly string[] } | undefined;
  /** In the order of sluice.yml, those that are gone last. */
  readonly environments: readonly EnvironmentChange[];
}

export interface EnvironmentChange {
  readonly name: string;
  readonly kind: 'same' | 'changed' | 'added' | 'removed';
  /** What brings a release there: `push to main`. */
  readonly trigger: string;
  /** Aspects of the comparison matrix, and the stages, that are not what they were. Of a new one, all. */
  readonly aspects: readonly AspectChange[];
  /** Of one that is on both sides. */
  readonly definition: DefinitionChange | undefined;
}

export interface AspectChange {
  readonly aspect: string;
  /** `undefined` of an environment that is new. */
  readonly before: string | undefined;
  /** `undefined` of an environment that is gone. */
  readonly after: string | undefined;
}

export interface Compared {
  /** `undefined` where the base branch has no sluice.yml that can be read. */
  readonly before: { readonly config: Config; readonly version: Version } | undefined;
  readonly after: { readonly config: Config; readonly version: Version };
  /** The branch that is merged into. */
  readonly base: string;
  /** GitHub variables of the repository. */
  readonly variables: Readonly<Record<string, string>>;
}

export async function compare({ before, after, base, variables }: Compared): Promise<Preview> {
  const was = before === undefined ? new Map<string, Aspects>() : aspectsOf(before.config);
  const is = aspectsOf(after.config);
  const environments: EnvironmentChange[] = [];
  for (const [name, now] of is) {
    const then = was.get(name);
    const aspects = changedAspects(then, now);
    const definition =
      before === undefined || then === undefined
        ? undefined
        : await compareDefinitions(name, before, after, variables);
    const kind = then === undefined ? 'added' : isSame(aspects, definition) ? 'same' : 'changed';
    environments.push({ name, kind, trigger: now.get('Trigger') ?? '', aspects, definition });
  }
  for (const [name, then] of was) {
    if (is.has(name)) continue;
    const trigger = then.get('Trigger') ?? '';
    environments.push({ name, kind: 'removed', trigger, aspects: [], definition: undefined });
  }
  const target = matchEnvironment(after.config, `refs/heads/${base}`);
  const deploys =
    target === undefined ? undefined : { environment: target, stages: namesOf(after.config, target) };
  return { deploys, environments };
}

type Aspects = ReadonlyMap<string, string>;

/**
 * The matrix by columns, with the stages as one aspect more. Of variables the names alone: a comment is read by more
 * people than a file, and the task definition's differences show those values that may be shown.
 */
function aspectsOf(config: Config): Map<string, Aspects> {
  const { environments, rows } = comparisonMatrix(config);
  return new Map(
    environments.map((name, column) => {
      const aspects = new Map(rows.map(({ aspect, cells }) => [aspect, cells[column] ?? '']));
      aspects.set('Variables', Object.keys(config.environments[name]?.variables ?? {}).join(', '));
      aspects.set('Stages', namesOf(config, name).join(' → '));
      return [name, aspects];
    }),
  );
}

function namesOf(config: Config, environment: string): string[] {
  return stagesOf(config, environment).map(({ name }) => name);
}

function changedAspects(then: Aspects | undefined, now: Aspects): AspectChange[] {
  return [...now]
    .filter(([aspect, value]) => then?.get(aspect) !== value)
    .map(([aspect, after]) => ({ aspect, before: then?.get(aspect), after }));
}

/** Where a definition cannot be compared, it is not said to be the same. */
function isSame(aspects: readonly AspectChange[], definition: DefinitionChange | undefined): boolean {
  return aspects.length === 0 && definition?.kind === 'compared' && definition.differences.length === 0;
}
