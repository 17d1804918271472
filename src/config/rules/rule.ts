import type { Config, EnvironmentConfig } from '../schema/index.ts';
import { formatDuration, type Milliseconds } from '../units.ts';

/** A rule between keys: what no single key can say. */
export interface Rule<Subject> {
  /** The rule as docs/configuration.md states it. */
  readonly says: string;
  /** The keys it looks at. Where one of them has a mistake of its own, the rule is not asked. */
  readonly reads: readonly string[];
  readonly check: (subject: Subject) => readonly (Violation | undefined)[];
}

/** Keys of rules and violations are seen from an environment; a leading / means the top of the file. */
export interface Violation {
  readonly at: string;
  readonly found: string;
  readonly expected: string;
  /** The name that was meant, where one is near. */
  readonly suggestion?: string | undefined;
}

export interface Named {
  readonly name: string;
  readonly environment: EnvironmentConfig;
  readonly config: Config;
  /** All environments of the file, also those with mistakes. */
  readonly names: readonly string[];
}

export type EnvironmentRule = Rule<Named>;
export type FileRule = Rule<Pick<Named, 'config' | 'names'>>;

const minuteMs = 60_000;

/** A violation where a length of time is outside of what the other side takes. */
export function outside(
  at: string,
  value: Milliseconds,
  least: Milliseconds,
  most: Milliseconds,
): Violation | undefined {
  return value >= least && value <= most
    ? undefined
    : { at, found: formatDuration(value), expected: `${formatDuration(least)} to ${formatDuration(most)}` };
}

/** ECS counts these in minutes, and would round what is not whole. */
export function outsideMinutes(
  at: string,
  value: Milliseconds,
  least: number,
  most: number,
): Violation | undefined {
  return value % minuteMs === 0
    ? outside(at, value, least * minuteMs, most * minuteMs)
    : { at, found: formatDuration(value), expected: 'whole minutes, such as 10m' };
}

/** What is written, or the default of the variable that it comes from. */
export function known(
  value: string | { readonly default?: string | undefined } | undefined,
): string | undefined {
  return typeof value === 'object' ? value.default : value;
}
