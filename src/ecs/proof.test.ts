import { addAnswer, noStreak } from '../traffic/index.ts';
import { release } from './environment.fixture.ts';
import { judge } from './proof.ts';

const answer = { status: 200, version: '1.2.3', ms: 4, problem: undefined };
const facts = {
  status: 'SUCCESSFUL',
  revision: { taskDefinition: 'arn:td/shop:2', digests: [release.digest] },
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
    ['ECS has not said so', { status: 'IN_PROGRESS' }, 0, 'IN_PROGRESS'],
    ['ECS knows no such deployment', { status: undefined }, 0, 'nothing'],
    [
      'it is another revision',
      { revision: { taskDefinition: 'arn:td/shop:1', digests: [release.digest] } },
      1,
      'shop:1',
    ],
    [
      'it is another digest',
      { revision: { taskDefinition: 'arn:td/shop:2', digests: ['sha256:other'] } },
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
