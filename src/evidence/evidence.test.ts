import fc from 'fast-check';
import { anchoredImage, formatAnchor, readAnchor } from './anchor.ts';
import { formatStatement, isSameFinding, parseStatement, type VerdictStatement } from './statement.ts';
import { outcomes, verdictKinds } from './verdict.ts';

const hex = (length: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const digests = hex(64).map((digits) => `sha256:${digits}`);
const times = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

const statements: fc.Arbitrary<VerdictStatement> = fc.record({
  verdict: fc.record({
    kind: fc.constantFrom(...verdictKinds),
    outcome: fc.constantFrom(...outcomes),
    digest: digests,
    summary: fc.string({ minLength: 1, maxLength: 300 }),
    facts: fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
      fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    ),
    startedAt: times,
    finishedAt: times,
  }),
  issue: fc.record({
    environment: fc.constantFrom('staging', 'production'),
    commit: hex(40),
    repository: fc.constant('acme/shop'),
    version: fc.string({ minLength: 1 }),
    workflow: fc.string({ minLength: 1 }),
    run: fc.record({
      id: fc.integer({ min: 1 }),
      attempt: fc.integer({ min: 1 }),
      url: fc.webUrl(),
    }),
    actor: fc.string(),
    issuedAt: times,
  }),
});

describe('a statement', () => {
  it('reads as it was written', () => {
    fc.assert(
      fc.property(statements, (statement) => {
        expect(parseStatement(formatStatement('shop', statement))).toEqual(statement);
      }),
    );
  });

  it('is an in-toto statement about one image', () => {
    const [statement] = fc.sample(statements, { seed: 1, numRuns: 1 });
    expect(JSON.parse(formatStatement('shop', statement!))).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://sluice.dev/verdict/v1',
      subject: [{ name: 'shop', digest: { sha256: statement!.verdict.digest.slice(7) } }],
      predicate: { kind: statement!.verdict.kind, commit: statement!.issue.commit },
    });
  });

  it.each([
    ['is not JSON', (text: string) => text.slice(1)],
    ['says more than is known', (text: string) => text.replace('"outcome"', '"also":1,"outcome"')],
    ['says less', (text: string) => text.replace(/"issuedAt":"[^"]+"/, '"issued":""')],
    ['is of another kind', (text: string) => text.replace('sluice.dev/verdict/v1', 'sluice.dev/verdict/v2')],
    ['is about several images', (text: string) => text.replace('"subject":[', '"subject":[{},')],
  ])('is none where it %s', (_, spoil) => {
    const [statement] = fc.sample(statements, { seed: 2, numRuns: 1 });
    expect(() => parseStatement(spoil(formatStatement('shop', statement!)))).toThrow();
  });

  it('says the same as another of its run, whenever it was issued', () => {
    fc.assert(
      fc.property(statements, times, fc.integer({ min: 1, max: 9 }), (statement, issuedAt, attempt) => {
        const { verdict, issue } = statement;
        const later = { verdict, issue: { ...issue, issuedAt, run: { ...issue.run, attempt } } };
        expect(isSameFinding(statement, later)).toBe(true);
        const other = { verdict: { ...verdict, summary: `${verdict.summary}!` }, issue };
        expect(isSameFinding(statement, other)).toBe(false);
        const ofAnotherRun = { verdict, issue: { ...issue, run: { ...issue.run, id: issue.run.id + 1 } } };
        expect(isSameFinding(statement, ofAnotherRun)).toBe(false);
      }),
    );
  });
});

describe('the anchor at the commit', () => {
  it('reads as it was written, and is short enough for GitHub', () => {
    fc.assert(
      fc.property(fc.constantFrom(...outcomes), digests, digests, (outcome, image, statement) => {
        const anchor = { outcome, image: anchoredImage(image), statement };
        const text = formatAnchor(anchor);
        expect(text.length).toBeLessThanOrEqual(140);
        expect(readAnchor(text)).toEqual(anchor);
      }),
    );
  });

  it.each([
    '',
    'passed',
    `passed for ${'0'.repeat(12)}, statement sha256:${'0'.repeat(63)}`,
    `approved for ${'0'.repeat(12)}, statement sha256:${'0'.repeat(64)}`,
    `passed for ${'0'.repeat(12)}, statement sha256:${'0'.repeat(64)} and more`,
  ])('is none where the description says %j', (text) => {
    expect(readAnchor(text)).toBeUndefined();
  });
});
