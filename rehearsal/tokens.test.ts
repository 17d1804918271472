import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { tokensOnTerminal } from './tokens.ts';

function typing(): { type: (line: string) => Promise<string[]>; stop: () => void } {
  const input = new PassThrough();
  const typed = createInterface({ input, terminal: false });
  const said: string[] = [];
  const stop = tokensOnTerminal({
    tokenOf: (login) => `token-of-${login}`,
    serverUrl: 'http://127.0.0.1:4480',
    say: (line) => said.push(line),
    typed,
  });
  return {
    type: async (line) => {
      const heard = new Promise((resolve) => typed.once('line', resolve));
      input.write(`${line}\n`);
      await heard;
      return said.splice(0);
    },
    stop,
  };
}

describe('tokens on the terminal', () => {
  it('hands out the token of a person, with the address that takes it', async () => {
    expect(await typing().type('token reviewer')).toEqual([
      '  export GITHUB_API_URL=http://127.0.0.1:4480/api/v3 GITHUB_TOKEN=token-of-reviewer',
    ]);
  });

  it.each(['token', 'token $(reboot)', 'token a--b', 'token two names'])(
    'asks whose at “%s”',
    async (line) => {
      expect(await typing().type(line)).toEqual([expect.stringMatching(/whose token/)]);
    },
  );

  it.each(['approve', 'tokens reviewer', ''])('leaves “%s” to others', async (line) => {
    expect(await typing().type(line)).toEqual([]);
  });

  it('hears nothing any more once it is stopped', async () => {
    const { type, stop } = typing();
    stop();
    expect(await type('token reviewer')).toEqual([]);
  });
});
