import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
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
});
