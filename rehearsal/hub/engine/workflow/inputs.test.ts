import { dispatchProblem, resolveInputs } from './inputs.ts';
import type { InputDefinition } from './model.ts';

const define = (name: string, more: Partial<InputDefinition> = {}): InputDefinition => ({
  name,
  description: '',
  type: 'string',
  required: false,
  default: undefined,
  options: [],
  ...more,
});

test('inputs take their declared types, whatever their case, and empty values where nothing is given', () => {
  const definitions = [
    define('dry-run', { type: 'boolean' }),
    define('count', { type: 'number' }),
    define('level', { type: 'choice', options: ['low', 'high'] }),
    define('note'),
    define('unset', { type: 'boolean' }),
    define('first', { type: 'choice', options: ['low', 'high'] }),
  ];
  expect(
    resolveInputs(definitions, { 'Dry-Run': 'true', count: '3', level: 'high', note: 7 }, { contexts: {} }),
  ).toEqual({ 'dry-run': true, count: 3, level: 'high', note: '7', unset: false, first: 'low' });
});

test('every mistake is reported at once', () => {
  const definitions = [
    define('must', { required: true }),
    define('flag', { type: 'boolean' }),
    define('count', { type: 'number' }),
    define('level', { type: 'choice', options: ['low', 'high'] }),
  ];
  expect(() =>
    resolveInputs(definitions, { flag: 'yes', count: 'many', level: 'mid', other: 1 }, { contexts: {} }),
  ).toThrow(
    [
      'Input other is not defined; the workflow takes must, flag, count, level.',
      'Input must is required, but not provided.',
      'Input flag is "yes"; true or false is expected.',
      'Input count is "many"; a number is expected.',
      'Input level is "mid"; one of low, high is expected.',
    ].join('\n'),
  );
});

test.each([
  [{ release: 'v1', other: 'x' }, 'Unexpected inputs provided: ["other"]'],
  [{}, "Required input 'release' not provided"],
  [{ RELEASE: '' }, "Required input 'release' not provided"],
  [
    { release: 'v1', strategy: 'all' },
    "Provided value 'all' for input 'strategy' not in the list of allowed values",
  ],
  [{ Release: 'v1', strategy: 'canary' }, undefined],
])('starting by hand with %j: %s', (given, problem) => {
  const definitions = [
    define('release', { required: true }),
    define('strategy', { type: 'choice', options: ['canary'] }),
  ];
  expect(dispatchProblem(definitions, given)).toBe(problem);
});
