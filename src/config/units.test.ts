import fc from 'fast-check';
import { formatComparison, formatDuration, parseComparison, parseDuration, parsePercent } from './units.ts';

describe('units', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['14d', 1_209_600_000],
    ['30', undefined],
    ['-3s', undefined],
    ['3 s', undefined],
    ['s', undefined],
    ['1e3s', undefined],
  ])('the duration %s is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    ['99.9%', 99.9],
    ['0%', 0],
    ['100%', 100],
    ['100.1%', undefined],
    ['99', undefined],
  ])('the percentage %s is %s', (text, value) => {
    expect(parsePercent(text)).toBe(value);
  });

  it.each([
    ['< 250ms', { operator: '<', limit: 250, unit: 'ms' }],
    ['>=99.9%', { operator: '>=', limit: 99.9, unit: '%' }],
    ['> 100', { operator: '>', limit: 100, unit: 'count' }],
    ['= 3', undefined],
    ['250ms', undefined],
  ])('the comparison %s', (text, value) => {
    expect(parseComparison(text)).toEqual(value);
  });

  it('are read back as they are written', () => {
    fc.assert(fc.property(fc.nat(2 ** 40), (ms) => parseDuration(formatDuration(ms)) === ms));
    fc.assert(
      fc.property(
        fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
        fc.nat(2 ** 30),
        (operator, limit) => {
          const comparison = { operator, limit, unit: 'ms' as const };
          expect(parseComparison(formatComparison(comparison))).toEqual(comparison);
        },
      ),
    );
  });
});
