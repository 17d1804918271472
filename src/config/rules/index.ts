import type { Path, Source } from '../document.ts';
import type { Problem } from '../problem.ts';
import type { Config } from '../schema/index.ts';
import { containerRules } from './container.ts';
import { deployRules } from './deploy.ts';
import { networkRules } from './network.ts';
import { performanceRules } from './performance.ts';
import { fileRules, promotionRules } from './promotion.ts';
import type { EnvironmentRule, FileRule, Violation } from './rule.ts';
import { securityRules } from './security.ts';

export const rulesOfEnvironments: readonly EnvironmentRule[] = [
  ...securityRules,
  ...deployRules,
  ...networkRules,
  ...promotionRules,
  ...performanceRules,
];
export const rulesOfTheFile: readonly FileRule[] = [...fileRules, ...containerRules];

/**
 * What no single key can say.
 *
 * @param config the file without its mistakes
 * @param broken where these were: a rule that would look there is not asked
 * @param names all environments of the file
 */
export function checkRules(
  config: Config,
  broken: readonly Path[],
  names: readonly string[],
  source: Source,
): Problem[] {
  const violations = [
    ...rulesOfTheFile
      .filter(({ reads }) => canBeAsked(reads, [], broken))
      .flatMap(({ check }) => located(check({ config, names }), [])),
    ...Object.entries(config.environments).flatMap(([name, environment]) => {
      const base = ['environments', name];
      return rulesOfEnvironments
        .filter(({ reads }) => canBeAsked(reads, base, broken))
        .flatMap(({ check }) => located(check({ name, environment, config, names }), base));
    }),
  ];
  return violations.map(({ path, found, expected, suggestion }) => ({
    file: source.file,
    ...source.valueAt(path),
    path: path.join('.'),
    value: found,
    expected,
    suggestion,
  }));
}

type Located = Violation & { readonly path: Path };

function located(violations: readonly (Violation | undefined)[], base: Path): Located[] {
  return violations.flatMap((violation) =>
    violation === undefined ? [] : [{ ...violation, path: pathOf(violation.at, base) }],
  );
}

/** A key is broken where it, or what it is in, has a mistake. */
function canBeAsked(reads: readonly string[], base: Path, broken: readonly Path[]): boolean {
  return !reads.some((read) => {
    const path = pathOf(read, base);
    return broken.some(
      (mistake) =>
        mistake.length <= path.length && mistake.every((part, index) => path[index] === String(part)),
    );
  });
}

function pathOf(key: string, base: Path): Path {
  return key.startsWith('/') ? key.slice(1).split('.') : [...base, ...key.split('.')];
}
