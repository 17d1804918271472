import type { ContainerSpec } from './driver.ts';
import { needsThisMachine, onThisMachine } from './loopback.ts';

const spec = (environment: Record<string, string>): ContainerSpec => ({
  taskId: 't',
  name: 'app',
  image: { repository: '', digest: '', platform: { os: '', architecture: '' }, layers: [], config: {} },
  imageReference: '',
  entryPoint: [],
  command: [],
  workingDirectory: '/',
  user: '',
  environment,
  ports: [{ containerPort: 8080, hostPort: 34_567, protocol: 'tcp' }],
  memoryMiB: undefined,
  onOutput: () => undefined,
});

describe('a container that is told of this machine’s own address', () => {
  it.each([
    ['postgres://user:word@127.0.0.1:4483/shop?sslmode=disable', true],
    ['http://localhost/', true],
    ['redis://localhost:6379', true],
    ['postgres://user:word@db.example.org/127.0.0.1', false],
    ['http://127.0.0.1.example.org/', false],
    ['127.0.0.1', false],
    ['', false],
  ])('%s: %s', (value, expected) => {
    expect(needsThisMachine(spec({ A: 'x', VALUE: value }))).toBe(expected);
  });

  it('listens on its host port there', () => {
    expect(onThisMachine(spec({ A: 'x', PORT: '8080' })).environment).toEqual({
      A: 'x',
      PORT: '34567',
      HOST: '127.0.0.1',
    });
  });
});
