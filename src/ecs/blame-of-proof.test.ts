import { addAnswer, noStreak, type Answer, type Streak } from '../traffic/index.ts';
import { blameOfProof } from './blame-of-proof.ts';
import type { Check } from './check.ts';

const own = '1.2.3';
const answered = (...answers: (number | string)[]): Streak =>
  answers.reduce<Streak>((streak, answer) => {
    const one: Answer =
      typeof answer === 'string'
        ? { status: 200, version: answer, ms: 1, problem: undefined }
        : { status: answer, version: undefined, ms: 1, problem: `HTTP ${answer}` };
    return addAnswer(streak, one, own);
  }, noStreak);
const holds = [{ verdict: 'holds' }, { verdict: 'does not apply' }] satisfies Pick<Check, 'verdict'>[];
const gap = [{ verdict: 'does not hold' }] satisfies Pick<Check, 'verdict'>[];

describe('whose fault it is that a success of ECS is not proven', () => {
  it.each<[string, Pick<Check, 'verdict'>[], Streak, 'release' | 'circumstances']>([
    ['it answers with 500', holds, answered(500, 500), 'release'],
    ['it answers, and with 500 in between', holds, answered(own, 500, own), 'release'],
    ['it breaks connections: the load balancer answers 502', holds, answered(502), 'release'],
    ['it does not answer in time: 504', holds, answered(504), 'release'],
    ['503: the load balancer has nobody behind it', holds, answered(503), 'circumstances'],
    ['nothing answers', holds, answered(0, 0), 'circumstances'],
    ['another version answers', holds, answered('1.2.2'), 'circumstances'],
    ['both answer', holds, answered(own, '1.2.2', own), 'circumstances'],
    ['another version answers, and with 500', holds, answered('1.2.2', 500), 'circumstances'],
    ['both answer, and somebody with 500', holds, answered(own, '1.2.2', 500), 'release'],
    ['a redirect', holds, answered(302), 'circumstances'],
    ['no such page', holds, answered(404), 'circumstances'],
    ['no password', holds, answered(401), 'circumstances'],
    ['it answers, too seldom in a row', holds, answered(own, 0, own), 'circumstances'],
    ['it was never asked', holds, noStreak, 'circumstances'],
    ['ECS has made something else of it', gap, answered(own, own, own), 'circumstances'],
    ['ECS has made something else of it, which answers with 500', gap, answered(500), 'circumstances'],
  ])('%s', (_, ecs, streak, blame) => {
    expect(blameOfProof(ecs, own, streak)).toBe(blame);
  });
});
