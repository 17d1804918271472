import { PassThrough } from 'node:stream';
import { DevTools, type DevToolsEvent } from './devtools.ts';

describe('the DevTools pipe', () => {
  let written: { id: number; method: string; sessionId?: string }[];
  let from: PassThrough;
  let tools: DevTools;
  beforeEach(() => {
    written = [];
    from = new PassThrough();
    const to = new PassThrough();
    to.setEncoding('utf8').on('data', (text: string) => {
      for (const message of text.split('\0').filter((one) => one !== ''))
        written.push(JSON.parse(message) as (typeof written)[number]);
    });
    tools = new DevTools(to, from);
  });

  const say = (message: object): string => `${JSON.stringify(message)}\0`;

  it('gives each command its own answer, whatever pieces they come in', async () => {
    const first = tools.send('Page.enable', {}, 's1');
    const second = tools.send('Browser.getVersion');
    const answers =
      say({ id: 2, result: { product: 'Chröme' } }) + say({ id: 1, sessionId: 's1', result: {} });
    const bytes = Buffer.from(answers);
    const middle = bytes.indexOf(Buffer.from('ö')) + 1;
    from.write(bytes.subarray(0, middle));
    from.write(bytes.subarray(middle));
    await expect(second).resolves.toEqual({ product: 'Chröme' });
    await expect(first).resolves.toEqual({});
    expect(written).toMatchObject([
      { id: 1, method: 'Page.enable', sessionId: 's1' },
      { id: 2, method: 'Browser.getVersion' },
    ]);
  });

  it('tells a session its events', async () => {
    const heard: DevToolsEvent[] = [];
    tools.listen('s1', (event) => heard.push(event));
    const answered = tools.send('Runtime.enable', {}, 's1');
    from.write(say({ method: 'Page.loadEventFired', sessionId: 's2', params: {} }));
    from.write(say({ method: 'Page.loadEventFired', sessionId: 's1', params: { timestamp: 1 } }));
    from.write(say({ id: 1, result: {} }));
    await answered;
    expect(heard).toEqual([{ method: 'Page.loadEventFired', params: { timestamp: 1 } }]);
  });

  it('says why a command was refused, and that a browser has ended', async () => {
    const refused = tools.send('Page.navigate');
    from.write(say({ id: 1, error: { code: -32602, message: 'Invalid parameters' } }));
    await expect(refused).rejects.toThrow('Invalid parameters');
    const open = tools.send('Page.enable');
    from.destroy();
    await expect(open).rejects.toThrow('the browser has ended');
    await expect(tools.send('Page.enable')).rejects.toThrow('Page.enable: the browser has ended');
  });
});
