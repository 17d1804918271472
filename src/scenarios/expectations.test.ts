import { check, checkValue, type Answer } from './expectations.ts';
import { parseEvents } from './events.ts';
import { parsePath, valueAt } from './json-path.ts';
import type { Expectation, Matcher } from './scenario.ts';
import { fill, fillJson, UnboundName } from './template.ts';

const nothing: Expectation = {
  status: [],
  headers: {},
  text: undefined,
  json: {},
  events: [],
  withinMs: undefined,
};
const answer = (text: string, changes: Partial<Answer> = {}): Answer => ({
  status: 200,
  headers: new Headers({ 'content-type': 'application/json' }),
  text,
  milliseconds: 12,
  ...changes,
});

describe('what a value has to be', () => {
  it.each<[unknown, Matcher, string | undefined]>([
    ['a', { equals: 'a' }, undefined],
    [1, { equals: '1' }, 'x is 1, expected "1"'],
    [{ a: [1] }, { equals: { a: [1] } }, undefined],
    [undefined, { equals: 'a' }, 'x is absent, expected "a"'],
    [undefined, { exists: false }, undefined],
    [null, { exists: true }, undefined],
    ['a', { exists: false }, 'x is "a", expected nothing there'],
    ['a', { not: 'a' }, 'x is "a", expected anything but "a"'],
    ['abc', { contains: 'b' }, undefined],
    [['a', 'b'], { contains: 'b' }, undefined],
    [['ab'], { contains: 'b' }, 'x is ["ab"], expected something that contains "b"'],
    ['abc', { matches: /^b/ }, 'x is "abc", expected something that matches /^b/'],
    ['b', { oneOf: ['a', 'b'] }, undefined],
    ['c', { oneOf: ['a', 'b'] }, 'x is "c", expected one of "a", "b"'],
    [null, { type: 'null' }, undefined],
    [[], { type: 'object' }, 'x is [], expected a value of type object'],
    [3, { atLeast: 3, atMost: 3 }, undefined],
    [4, { atMost: 3 }, 'x is 4, expected a number of at most 3'],
    ['3', { atLeast: 1 }, 'x is "3", expected a number of at least 1'],
    [[1], { minLength: 2 }, 'x is [1], expected a length of at least 2'],
    ['ab', { maxLength: 1 }, 'x is "ab", expected a length of at most 1'],
    ['v1', { equals: '${version}' }, undefined],
  ])('%j against %j', (value, matcher, failure) => {
    expect(checkValue('x', value, matcher, { version: 'v1' })).toEqual(
      failure === undefined ? [] : [failure],
    );
  });
});

describe('what an answer has to be', () => {
  it('is any 2xx where nothing is said', () => {
    expect(check(nothing, answer('', { status: 204 }), {})).toEqual([]);
    expect(check(nothing, answer('', { status: 302 }), {})).toEqual(['status 302, expected 2xx']);
  });

  it('reports all that does not hold at once', () => {
    const expected: Expectation = {
      ...nothing,
      status: [201, 202],
      headers: { 'content-type': { contains: 'html' } },
      text: { contains: 'x' },
      json: { 'a.b': { equals: 2 }, c: { exists: true } },
      withinMs: 10,
    };
    expect(check(expected, answer('{"a":{"b":1}}'), {})).toEqual([
      'status 200, expected 201 or 202',
      'it took 12 ms, expected at most 10 ms',
      'header content-type is "application/json", expected something that contains "html"',
      'the body is "{\\"a\\":{\\"b\\":1}}", expected something that contains "x"',
      'a.b is 1, expected 2',
      'c is absent, expected anything',
    ]);
  });

  it('says so when JSON was expected and something else came', () => {
    expect(check({ ...nothing, json: { a: { equals: 1 } } }, answer('<html>'), {})).toEqual([
      'the body is not JSON: "<html>"',
    ]);
  });

  it('wants events in their order, with others between them', () => {
    const stream =
      'event: sources\ndata: []\n\nevent: delta\ndata: a\n\nevent: delta\ndata: b\n\nevent: done\ndata: {"known":true}\n\n';
    const wants = (...events: Expectation['events']) => check({ ...nothing, events }, answer(stream), {});
    const event = (name: string, rest: object = {}) => ({ event: name, text: undefined, json: {}, ...rest });
    expect(
      wants(
        event('sources'),
        event('delta', { text: { equals: 'b' } }),
        event('done', { json: { known: { equals: true } } }),
      ),
    ).toEqual([]);
    expect(wants(event('done'), event('sources'))).toEqual([
      'event 2, "sources", did not come; there came nothing',
    ]);
    expect(wants(event('done', { json: { known: { equals: false } } }))).toEqual([
      'known is true, expected false',
    ]);
    expect(wants(event('error'))).toEqual([
      'event 1, "error", did not come; there came sources, delta, delta, done',
    ]);
  });
});

describe('server-sent events', () => {
  it('are read as browsers read them', () => {
    expect(
      parseEvents(
        '\uFEFF: comment\r\ndata: one\r\ndata:two\r\n\r\nevent: x\nid: 1\ndata\n\nevent: lost\n\ndata: unfinished',
      ),
    ).toEqual([
      { event: 'message', data: 'one\ntwo' },
      { event: 'x', data: '' },
    ]);
  });
});

describe('paths in JSON', () => {
  const document = { a: [{ 'b.c': 1 }], d: null, e: { f: 'x' } };
  it.each([
    ['', document],
    ['a[0]["b.c"]', 1],
    ['e.f', 'x'],
    ['d', null],
  ])('%s is there', (path, value) => {
    expect(valueAt(document, path)).toEqual({ found: true, value });
  });
  it.each(['a[1]', 'd.x', 'e.f.length', 'constructor', '__proto__', 'e.toString', 'a..b'])(
    '%s is not',
    (path) => {
      expect(valueAt(document, path)).toEqual({ found: false });
    },
  );
  it.each(['.a', 'a.', 'a[x]', 'a b', '[0'])('%s is no path', (path) => {
    expect(parsePath(path)).toBeUndefined();
  });
});

describe('values in a scenario', () => {
  const bindings = { id: 7, name: 'a b', list: [1] };
  it('take the place of their names', () => {
    expect(fill('/x/${id}?q=${name}&l=${list}&$${id}', bindings)).toBe('/x/7?q=a b&l=[1]&${id}');
    expect(fillJson({ a: '${id}', b: ['n: ${id}'], c: 1 }, bindings)).toEqual({ a: 7, b: ['n: 7'], c: 1 });
  });
  it('are asked for by name when they are not there', () => {
    expect(() => fill('${other}', bindings)).toThrow(UnboundName);
    expect(() => fill('${toString}', {})).toThrow('${toString} has no value; known here: nothing');
  });
});
