import { z } from 'zod';

/** A length of time, in milliseconds. */
export type Milliseconds = number;
/** A share, in percent: 99.9, not 0.999. */
export type Percent = number;

/** `< 250ms`, `>= 99.9%`, `< 100`: what a measured value is held against. */
export interface Comparison {
  readonly operator: '<' | '<=' | '>' | '>=';
  /** Milliseconds for a time, percent for a share, the number itself otherwise. */
  readonly limit: number;
  readonly unit: 'ms' | '%' | 'count';
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const durationPattern = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)$/;
const percentPattern = /^(\d{1,3}(?:\.\d{1,9})?)%$/;
const comparisonPattern = /^(<=|>=|<|>)\s*(.+)$/;

export function parseDuration(text: string): Milliseconds | undefined {
  const match = durationPattern.exec(text.trim());
  const factor = unitMs[match?.[2] ?? ''];
  return match === null || factor === undefined ? undefined : Math.round(Number(match[1]) * factor);
}

export function parsePercent(text: string): Percent | undefined {
  const match = percentPattern.exec(text.trim());
  const value = Number(match?.[1]);
  return match === null || value > 100 ? undefined : value;
}

export function parseComparison(text: string): Comparison | undefined {
  const match = comparisonPattern.exec(text.trim());
  if (match === null) return undefined;
  const operator = match[1] as Comparison['operator'];
  const value = match[2] ?? '';
  const duration = parseDuration(value);
  if (duration !== undefined) return { operator, limit: duration, unit: 'ms' };
  const percent = parsePercent(value);
  if (percent !== undefined) return { operator, limit: percent, unit: '%' };
  return /^\d{1,15}(?:\.\d{1,9})?$/.test(value)
    ? { operator, limit: Number(value), unit: 'count' }
    : undefined;
}

/** The shortest text that {@link parseDuration} reads back: `90s`, `5m`, `14d`. */
export function formatDuration(ms: Milliseconds): string {
  const unit = ['d', 'h', 'm', 's'].find((name) => ms !== 0 && ms % (unitMs[name] ?? 1) === 0) ?? 'ms';
  return ms === 0 ? '0s' : `${ms / (unitMs[unit] ?? 1)}${unit}`;
}

export function formatComparison({ operator, limit, unit }: Comparison): string {
  return `${operator} ${unit === 'ms' ? formatDuration(limit) : unit === '%' ? `${limit}%` : limit}`;
}

const read =
  <T>(parse: (text: string) => T | undefined, expected: string) =>
  (text: string, context: z.core.$RefinementCtx<string>): T | typeof z.NEVER => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: expected, input: text });
    return z.NEVER;
  };

const durationText = 'a duration such as 30s, 5m or 14d';
const percentText = 'a percentage from 0% to 100%, such as 99.9%';
const comparisonText = 'a comparison such as "< 250ms", "< 0.1%" or ">= 100"';

export const duration = z
  .string({ error: durationText })
  .meta({ title: 'duration', pattern: durationPattern.source, examples: ['30s'] })
  .transform(read(parseDuration, durationText));
export const percent = z
  .string({ error: percentText })
  .meta({ title: 'percentage', pattern: percentPattern.source, examples: ['99.9%'] })
  .transform(read(parsePercent, percentText));
export const comparison = z
  .string({ error: comparisonText })
  .meta({ title: 'comparison', pattern: comparisonPattern.source, examples: ['< 250ms'] })
  .transform(read(parseComparison, comparisonText));
