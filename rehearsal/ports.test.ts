import { createServer, type AddressInfo, type Server } from 'node:net';
import { choosePorts } from './ports.ts';

describe('the ports', () => {
  let blocker: Server;
  let taken: number;
  beforeEach(async () => {
    blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    taken = (blocker.address() as AddressInfo).port;
  });
  afterEach(() => new Promise((resolve) => blocker.close(resolve)));

  it('takes another port where the preferred one is taken, and says so', async () => {
    const { ports, notes } = await choosePorts([{ name: 'hub', preferred: taken, required: false }]);
    expect(ports.hub).not.toBe(taken);
    expect(notes).toEqual([`Port ${taken} (hub) is taken: ${ports.hub ?? ''} is used instead.`]);
  });

  it('refuses where the user asked for that very port', async () => {
    await expect(choosePorts([{ name: 'hub', preferred: taken, required: true }])).rejects.toThrow(
      `Port ${taken} (hub) is taken. Free it, or choose another one.`,
    );
  });

  it('never gives one port to two', async () => {
    const free = (await choosePorts([{ name: 'a', preferred: taken, required: false }])).ports.a ?? 0;
    const { ports } = await choosePorts([
      { name: 'a', preferred: free, required: false },
      { name: 'b', preferred: free, required: false },
    ]);
    expect(new Set(Object.values(ports)).size).toBe(2);
  });
});
