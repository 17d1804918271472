import { parseConfig, resolveEnvironment, type ResolvedEnvironment } from '../config/index.ts';
import type { Release } from './task-definition/build.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** A release of the shop. For tests alone. */
export const release: Release = {
  image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@${digest}`,
  digest,
  version: '1.2.3',
  commit: 'c'.repeat(40),
};

/** The development environment of a shop, with keys of sluice.yml over it. For tests alone. */
export function environmentOf(
  keys: Readonly<Record<string, unknown>> = {},
  container: Readonly<Record<string, unknown>> = {},
): ResolvedEnvironment {
  const loaded = parseConfig(
    JSON.stringify({
      service: 'shop',
      container,
      environments: {
        development: {
          on: { branch: 'develop' },
          aws: { region: 'eu-west-1', cluster: 'shop-dev' },
          url: 'http://dev.example.org',
          compute: { instance: 't3.micro' },
          security: { level: 'relaxed' },
          ...keys,
        },
      },
    }),
    'sluice.yml',
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const resolution = resolveEnvironment(loaded.config, 'development', {});
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.missing));
  return resolution.environment;
}
