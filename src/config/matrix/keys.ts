import { clusterOf, launchTypeOf, networkModeOf, repositoryOf } from '../defaults.ts';
import type { Path } from '../document.ts';
import { sourceOf } from '../load.ts';
import { schema, type Config } from '../schema/index.ts';
import { formsAt, keysAt } from '../schema/walk.ts';
import type { Matrix } from './comparison.ts';
import { inWords, isLeaf } from './values.ts';

/** A key with what it is, and whether sluice.yml says so or leaves it to the default. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  readonly isDefault: boolean;
}

/** Every key of every environment, defaults filled in and marked, so that nothing is hidden. */
export function fullMatrix(config: Config): Matrix {
  const environments = Object.keys(config.environments);
  const settings = environments.map(
    (name) => new Map(settingsOf(config, name).map((each) => [each.key, each])),
  );
  const keys = inOrder([...new Set(settings.flatMap((all) => [...all.keys()]))]);
  return {
    environments,
    rows: keys.map((key) => ({
      aspect: key,
      cells: settings.map((all) => {
        const setting = all.get(key);
        return setting === undefined ? '–' : marked(setting);
      }),
    })),
  };
}

/** As the schema has them, so that what only one environment has stands with its neighbours. */
function inOrder(keys: readonly string[]): string[] {
  const sections = keysAt(schema, ['environments', 'NAME']);
  const placeOf = (key: string): number => sections.indexOf(key.split('.')[0] ?? '');
  return [...keys].sort((a, b) => placeOf(a) - placeOf(b));
}

/** The keys that are the same in all environments. */
export function commonMatrix(config: Config): Matrix {
  const image = { ...config.image, repository: repositoryOf(config) };
  const { data } = config;
  const settings = [
    ...flatten(config, ['service'], config.service),
    ...flatten(config, ['image'], image),
    ...flatten(config, ['container'], config.container),
    ...(data === undefined ? [] : flatten(config, ['data'], data)),
  ];
  return {
    environments: ['all environments'],
    rows: settings.map((setting) => ({ aspect: setting.key, cells: [marked(setting)] })),
  };
}

/** Every key of one environment, the defaults that depend on other keys filled in as well. */
export function settingsOf(config: Config, name: string): Setting[] {
  const environment = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
  if (environment === undefined) return [];
  const { aws, compute, network } = environment;
  const mode = networkModeOf(compute, network);
  const filled = {
    ...environment,
    aws: {
      ...aws,
      cluster: aws.cluster ?? clusterOf(config, name),
      service: aws.service ?? config.service,
    },
    compute: { ...compute, launchType: launchTypeOf(compute) },
    network: {
      ...network,
      mode,
      hostPort: network.hostPort ?? (mode === 'bridge' ? 'any free one' : config.container.port),
    },
  };
  const base = ['environments', name];
  return flatten(config, base, filled).map((setting) => ({
    ...setting,
    key: setting.key.slice(base.join('.').length + 1),
  }));
}

function flatten(config: Config, path: Path, value: unknown): Setting[] {
  if (value === undefined) return [];
  const forms = formsAt(schema, path);
  if (isLeaf(value, forms) || isHidden(path)) {
    return [
      {
        key: path.join('.'),
        value: isHidden(path) ? 'a literal, not shown' : inWords(value, forms),
        isDefault: sourceOf(config)?.isWritten(path) === false,
      },
    ];
  }
  return Object.entries(value as object).flatMap(([key, item]) => flatten(config, [...path, key], item));
}

function isHidden(path: Path): boolean {
  return path.at(-1) === 'literal' && path.at(-3) === 'secrets';
}

function marked({ value, isDefault }: Setting): string {
  return isDefault ? `${value} (default)` : value;
}
