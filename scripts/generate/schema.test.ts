import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { schema } from '../../src/config/index.ts';
import { jsonSchema } from './schema.ts';

const own = parse(readFileSync(path.join(import.meta.dirname, '../../sluice.yml'), 'utf8')) as Record<
  string,
  unknown
>;
const validate = new Ajv({ strict: false, allErrors: true }).compile(jsonSchema());

describe('the JSON Schema that editors use', () => {
  it('accepts this repository’s own sluice.yml', () => {
    expect([validate(own), validate.errors]).toEqual([true, null]);
  });

  it.each([
    ['an unknown key', { ...own, imagee: {} }],
    ['a value of another type', { ...own, container: { port: '80' } }],
    [
      'a strategy that there is not',
      { service: 'x', environments: { a: { on: { branch: 'b' }, deploy: { strategy: 'roling' } } } },
    ],
    ['a duration without a unit', { ...own, container: { stopTimeout: '30' } }],
    ['no environments', { service: 'x' }],
  ])('refuses %s', (_what, config) => {
    expect(validate(config)).toBe(false);
  });

  it('never refuses what is accepted when the file is read', () => {
    const values = [
      null,
      ...[true, -1, 0, 1, 1.5, 70_000],
      ...['', 'x', '30s', '5%', '< 5ms', 'none', 'test', 'http://a.example', '/x', '../x', 'x'.repeat(300)],
      ...[[], ['x'], ['x', 'x'], ['test'], {}, { var: 'X' }, { var: 'X', default: 'y' }, { var: 'x y' }],
    ];
    const changed = pathsOf(own, []).flatMap((at) => values.map((value) => [at, value] as const));
    const read = changed.filter(([at, value]) => schema.safeParse(withValue(own, at, value)).success);
    expect(read.length).toBeGreaterThan(changed.length / 20);
    expect(read.filter(([at, value]) => !validate(withValue(own, at, value)))).toEqual([]);
  });
});

function pathsOf(value: unknown, at: readonly string[]): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at];
  const below = Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...at, key]));
  return at.length === 0 ? below : [at, ...below];
}

function withValue(whole: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(whole)) return whole.with(Number(key), withValue(whole[Number(key)], rest, value));
  const before = whole as Readonly<Record<string, unknown>>;
  return { ...before, [key]: withValue(before[key], rest, value) };
}
