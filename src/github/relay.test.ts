import { relay } from './relay.ts';
import { heardRunner } from './runner.fixture.ts';

function relayed(...texts: string[]): string[] {
  const { runner, lines } = heardRunner();
  const { line, end } = relay(runner);
  texts.forEach(line);
  end();
  return lines;
}

describe('what a command prints', () => {
  it('is printed as it is, with its workflow commands', () => {
    const texts = ['::error file=a.ts,line=3::no', '::add-mask::hush', '  ok', ''];
    expect(relayed(...texts)).toEqual(texts);
  });

  it.each(['::stop-commands::xyz', '  ::stop-commands::xyz', 'x ##[stop-commands]xyz'])(
    'does not stop the commands of the action itself: %s',
    (text) => {
      expect(relayed(text, '::error::quoted')).toEqual([text, '::error::quoted', '::xyz::']);
    },
  );

  it('may stop commands, and start them again itself', () => {
    const texts = ['::stop-commands::xyz', '::stop-commands::abc', ' ::xyz:: ', '::error::no'];
    expect(relayed(...texts)).toEqual(texts);
  });
});
