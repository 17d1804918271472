import path from 'node:path';
import { Knowledge } from '../knowledge/index.ts';
import { answer } from './answer.ts';

const knowledge = Knowledge.read(path.join(import.meta.dirname, '..', '..', 'knowledge'));
const ask = (question: string) => answer(question, knowledge, 'https://example.org/help');

describe('the answers', () => {
  it.each([
    ['What is 3MTT?', /3 Million Technical Talent/],
    ['Which skills can I learn?', /Twelve: software development/],
    ['Who can apply?', /18 years/],
    ['Does it cost anything?', /free of charge/],
    ['Is there a stipend?', /no stipend/],
    ['How long is the training?', /three months/],
    ['Can I study cyber security?', /cybersecurity/],
    ['Do I get a certificate?', /certificate of completion/],
    ['How many people are in the second phase?', /270,000|300,000/],
  ])('%s', (question, expected) => {
    const { text, known, sources } = ask(question);
    expect(text).toMatch(expected);
    expect(known).toBe(true);
    expect(sources.length).toBeGreaterThan(0);
  });

  it.each([
    'Who won the football world cup?',
    'What is the capital of France?',
    'Write me a poem',
    'asdf qwer',
    '???',
  ])('says that it does not know: %s', (question) => {
    expect(ask(question)).toMatchObject({
      known: false,
      sources: [],
      handover: { contact: 'https://example.org/help' },
    });
  });
});
