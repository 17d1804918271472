import { formatComparison, formatDuration, type Comparison } from '../units.ts';

/** A value as sluice.yml would write it. `forms` are those that the schema names for it. */
export function inWords(value: unknown, forms: readonly string[]): string {
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((item) => inWords(item, forms)).join(', ');
  if (typeof value === 'number') {
    if (forms.includes('duration')) return formatDuration(value);
    return forms.includes('percentage') ? `${value}%` : String(value);
  }
  if (typeof value === 'string') return value === '' ? '(empty)' : value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (isReference(value)) {
    const { var: name, default: otherwise } = value;
    return otherwise === undefined || otherwise === '' ? `$${name}` : `$${name} (or ${otherwise})`;
  }
  return isComparison(value) ? formatComparison(value) : 'none';
}

/**
 * Whether a value is shown as one, and not key by key. The schema's forms tell a reference or a comparison from names
 * and values of the user's own, which may be called `var` or `limit`.
 */
export function isLeaf(value: unknown, forms: readonly string[]): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    (isReference(value) && forms.includes('{ var: NAME }')) ||
    (isComparison(value) && forms.includes('comparison')) ||
    Object.keys(value).length === 0
  );
}

function isReference(value: object): value is { var: string; default?: string } {
  return 'var' in value;
}

function isComparison(value: object): value is Comparison {
  return 'operator' in value && 'limit' in value;
}
