import type { Runner } from './runner.ts';

/** The outputs of an action, by the names in its `action.yml`. */
export interface Outputs<Names extends string> {
  set(name: Names, value: string): void;
}

/**
 * Sets every output to its default before the work starts, so that later steps can rely on them even where the
 * action fails half way. A later value of the same name wins (the runner reads the file to its end).
 */
export function openOutputs<Names extends string>(
  runner: Runner,
  defaults: Readonly<Record<Names, string>>,
): Outputs<Names> {
  for (const [name, value] of Object.entries<string>(defaults)) runner.output(name, value);
  return { set: (name, value) => runner.output(name, value) };
}
