import { chatProfile } from '../config/index.ts';
import { keepsFeedback, readAnswer } from './answer.ts';

const chat = chatProfile(undefined);
const response = (body: string, status = 200) => ({
  status,
  headers: new Headers(),
  text: body,
  milliseconds: 7,
});

describe('an answer of a chat', () => {
  it('is read where the profile says', () => {
    const body = {
      conversationId: 'c1',
      messageId: 5,
      answer: 'Yes.',
      known: true,
      sources: [
        { title: 'Handbook', url: 'https://example.org/' },
        { url: 'https://example.org/b' },
        'Atlas',
      ],
      handover: { contact: 'mailto:a@example.org' },
    };
    expect(readAnswer('Is it?', response(JSON.stringify(body)), chat)).toEqual({
      question: 'Is it?',
      text: 'Yes.',
      known: true,
      sources: [
        { title: 'Handbook', texts: ['Handbook', 'https://example.org/'] },
        { title: 'https://example.org/b', texts: ['https://example.org/b'] },
        { title: 'Atlas', texts: ['Atlas'] },
      ],
      contact: 'mailto:a@example.org',
      conversation: 'c1',
      message: '5',
      milliseconds: 7,
    });
  });

  it('may be an answer and nothing else', () => {
    const read = readAnswer('Is it?', response('{"answer":""}'), chat);
    expect(read).toMatchObject({ text: '', known: undefined, sources: [], contact: undefined });
  });

  it.each([
    [response('{}', 503), 'the service answered with status 503'],
    [response('<html>'), 'the service did not answer in JSON'],
    [response('{"answer":7}'), 'there is no text at "answer" of what the service answered'],
    [response('null'), 'there is no text at "answer" of what the service answered'],
  ])('is none where there is no text to read (%#)', (from, why) => {
    expect(readAnswer('Is it?', from, chat)).toBe(why);
  });
});

describe('feedback', () => {
  const history = {
    messages: [
      { id: 'm1', helpful: false },
      { id: 'm2', text: 'm3' },
      { id: 4, helpful: true },
    ],
  };
  it.each([
    ['m1', false, true],
    ['m1', true, false],
    ['m2', true, false],
    ['m3', true, false],
    ['4', true, true],
    ['undefined', true, false],
  ])('of %s as %s is kept: %s', (message, helpful, kept) => {
    expect(keepsFeedback(history, { message, key: 'helpful', helpful })).toBe(kept);
  });
});
