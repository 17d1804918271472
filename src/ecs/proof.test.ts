import { addAnswer, noStreak } from '../traffic/index.ts';
import { release } from './environment.fixture.ts';
import { judge } from './proof.ts';

const answer = { status: 200, version: '1.2.3', ms: 4, problem: undefined };
const facts = {
  status: 'SUCCESSFUL',
  revision: { taskDefinition: 'arn:td/shop:2', digests: [release.digest], targetGroups: [] },
  weights: { kind: 'none' } as const,
  taskDefinition: 'arn:td/shop:2',
  release,
  url: new URL('http://dev.example.org/version'),
  answers: 1,
  proven: true,
  streak: addAnswer(noStreak, answer, '1.2.3'),
};
const broken = (changes: Partial<typeof facts> | { revision: undefined } | { status: undefined }) =>
  judge({ ...facts, ...changes }).flatMap(({ verdict, found }, index) =>
    verdict === 'does not hold' ? [{ index, found }] : [],
  );

describe('the proof of a deployment', () => {
  it('holds where each condition does; the one about weights does not apply, and says so', () => {
    expect(judge(facts).map(({ verdict }) => verdict)).toEqual([
      'holds',
      'holds',
      'holds',
      'does not apply',
      'holds',
    ]);
  });

  it.each([
    ['all of it on green', { green: 100, blue: 0, others: 0 }, 'holds', '100 % green, 0 % blue'],
    ['some on blue', { green: 90, blue: 10, others: 0 }, 'does not hold', '90 % green, 10 % blue'],
    [
      'some on neither',
      { green: 90, blue: 0, others: 10 },
      'does not hold',
      '90 % green, 0 % blue, 10 % elsewhere',
    ],
    ['a rule that does not forward', undefined, 'does not hold', 'nothing'],
  ])('asks for the live weights where traffic is shifted: %s', (_name, live, verdict, found) => {
    expect(judge({ ...facts, weights: { kind: 'rule', live } })[3]).toMatchObject({ verdict, found });
  });

  it.each([
    ['ECS has not said so', { status: 'IN_PROGRESS' }, 0, 'IN_PROGRESS'],
    ['ECS knows no such deployment', { status: undefined }, 0, 'nothing'],
    [
      'it is another revision',
      { revision: { taskDefinition: 'arn:td/shop:1', digests: [release.digest], targetGroups: [] } },
      1,
      'shop:1',
    ],
    [
      'it is another digest',
      { revision: { taskDefinition: 'arn:td/shop:2', digests: ['sha256:other'], targetGroups: [] } },
      2,
      'sha256:other',
    ],
    [
      'another version answers',
      { proven: false, streak: addAnswer(noStreak, { ...answer, version: '1.2.2' }, '1.2.3') },
      4,
      '1.2.2 × 1',
    ],
    [
      'nothing answers',
      {
        proven: false,
        streak: addAnswer(
          noStreak,
          { status: 0, version: undefined, ms: 1, problem: 'ECONNREFUSED' },
          '1.2.3',
        ),
      },
      4,
      '(none) × 1; last: ECONNREFUSED',
    ],
  ])('names what does not hold: %s', (_name, changes, index, found) => {
    expect(broken(changes)).toEqual([{ index, found }]);
  });

  it('is not fooled by a revision that cannot be read', () => {
    expect(broken({ revision: undefined }).map(({ index }) => index)).toEqual([1, 2]);
  });
});
