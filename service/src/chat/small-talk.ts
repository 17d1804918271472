import { tellingWords, wordsOf } from '../knowledge/words.ts';

/** Said without the knowledge base, or a question that means another one. */
export type SmallTalk =
  { readonly kind: 'said'; readonly text: string } | { readonly kind: 'means'; readonly ask: string };

const greeting =
  /^(hi|hello|hey|greetings|good (morning|afternoon|evening|day)|sannu|bawo ni|kedu|how far)( there)?$/;
const thanks =
  /^(thanks|thank you|ok|okay|great|good|nice|cool|na gode|e se|daalu)( (a lot|very much|so much|thanks))?$/;
const farewell = /^(bye|goodbye|good night|see you|sai anjima|o dabo|ka o di)$/;
const self =
  /^((who|what) are you|are you (a )?(human|bot|robot|official|real|person|ai)|what can you do|help( me)?)$/;
const programme = /\b(3 ?mtt|program(me)?)\b/;

/** What a greeting, a word of thanks or the bare name of the programme is answered with. Pure. */
export function smallTalk(question: string): SmallTalk | undefined {
  const said = wordsOf(question).join(' ');
  if (greeting.test(said))
    return {
      kind: 'said',
      text: 'Hello! Ask me about 3MTT, Nigeria’s 3 Million Technical Talent programme: the skills, who can apply, how to apply, learning, or placement.',
    };
  if (thanks.test(said)) return { kind: 'said', text: 'You are welcome. Is there anything else?' };
  if (farewell.test(said)) return { kind: 'said', text: 'Goodbye, and good luck!' };
  if (self.test(said))
    return {
      kind: 'said',
      text: 'I am a program that answers questions about 3MTT out of public pages, and names them. I am not an official service of the programme, and I say so when I do not know something.',
    };
  if (programme.test(said) && tellingWords(said).length === 0)
    return { kind: 'means', ask: 'What is 3MTT? overview' };
  return undefined;
}
