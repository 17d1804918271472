import type { Path } from './document.ts';
import { schema, type EnvironmentConfig, type Reference } from './schema/index.ts';
import { keysAt } from './schema/walk.ts';

/**
 * Whether a value of an environment is `{ var: NAME }`. The schema knows where one may stand; the value alone does
 * not say: a container's variable, or a secret, may be called `var` as well.
 *
 * @param path seen from the environment
 */
export function isReference(value: unknown, path: Path): value is Reference {
  return (
    typeof value === 'object' &&
    value !== null &&
    'var' in value &&
    keysAt(schema, ['environments', 'NAME', ...path]).includes('var')
  );
}

/** Every reference to a GitHub variable in an environment, with the key that has it. */
export function referencesOf(environment: EnvironmentConfig): { path: string; reference: Reference }[] {
  const found: { path: string; reference: Reference }[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (isReference(value, path)) found.push({ path: path.join('.'), reference: value });
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
    }
  };
  walk(environment, []);
  return found;
}
