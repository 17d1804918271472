import { Failure } from '../../github/index.ts';
import { readLastStage } from './read-stage.ts';

const service = `# syntax=docker/dockerfile:1
ARG NODE=24.21.0
FROM node:\${NODE}-slim AS deps
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit && npm cache clean --force

FROM node:\${NODE}-slim
ENV NODE_ENV=production \\
    APP_HOME="/app"
WORKDIR $APP_HOME
COPY --from=deps --chown=node:node /app/node_modules ./node_modules
COPY package.json ./
COPY --chmod=755 src knowledge ./src/
LABEL org.opencontainers.image.title="The chatbot"
USER node
EXPOSE 8080 9090/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=1m30s --retries=2 CMD ["node", "-e", "fetch('http://x y')"]
ENTRYPOINT ["node"]
CMD ["src/main.ts", "--name=a b"]
`;

describe('the last stage of a Dockerfile', () => {
  it('gives the files and the configuration', () => {
    expect(readLastStage(service, 'Dockerfile')).toEqual({
      base: 'node:24.21.0-slim',
      copies: [
        {
          from: 'dependencies',
          line: 12,
          destination: { path: '/app/node_modules', isFolder: false },
          npmFlags: ['--omit=dev'],
          owner: { user: 1000, group: 1000 },
        },
        {
          from: 'context',
          line: 13,
          sources: ['package.json'],
          destination: { path: '/app', isFolder: true },
          mode: undefined,
          owner: { user: 0, group: 0 },
        },
        {
          from: 'context',
          line: 14,
          sources: ['src', 'knowledge'],
          destination: { path: '/app/src', isFolder: true },
          mode: 0o755,
          owner: { user: 0, group: 0 },
        },
      ],
      config: {
        Env: ['NODE_ENV=production', 'APP_HOME=/app'],
        WorkingDir: '/app',
        Labels: { 'org.opencontainers.image.title': 'The chatbot' },
        User: 'node',
        ExposedPorts: { '8080/tcp': {}, '9090/udp': {} },
        StopSignal: 'SIGTERM',
        Healthcheck: {
          Test: ['CMD', 'node', '-e', "fetch('http://x y')"],
          Interval: 10_000_000_000,
          Timeout: 90_000_000_000,
          Retries: 2,
        },
        Entrypoint: ['node'],
        Cmd: ['src/main.ts', '--name=a b'],
      },
    });
  });

  it.each([
    ['RUN apt-get update', 'line 2: RUN runs a program in the image'],
    ['ADD https://example.org/x.tar /', 'line 2: ADD may fetch or unpack; use COPY for plain files'],
    [
      'COPY --from=nginx:1 /etc/nginx /etc/',
      'line 2: COPY --from=nginx:1: copying out of another image needs that image',
    ],
    [
      'COPY --chown=app:app . .',
      'line 2: COPY --chown=app:app: the names are in the base image; use numbers',
    ],
    ['COPY .', 'line 2: COPY: expected at least one source and a destination'],
    ['VOLUME /data', 'line 2: VOLUME is not understood'],
    ['EXPOSE http', 'line 2: EXPOSE http: expected a port such as 8080 or 53/udp'],
    ['HEALTHCHECK --interval=soon CMD true', 'line 2: HEALTHCHECK --interval=soon is not understood'],
  ])('refuses %s and names the line', (instruction, why) => {
    expect(whyOf(() => readLastStage(`FROM scratch\n${instruction}\n`, 'Dockerfile'))).toBe(why);
  });

  it('reports all lines at once', () => {
    expect(whyOf(() => readLastStage('FROM scratch\nRUN a\nADD b c\n', 'Dockerfile'))).toBe(
      'line 2: RUN runs a program in the image; line 3: ADD may fetch or unpack; use COPY for plain files',
    );
  });

  it('refuses a stage that builds on an earlier one, and node_modules of a stage that installs nothing', () => {
    const dockerfile = 'FROM scratch AS a\nFROM a\nCOPY --from=a /x/node_modules /x/node_modules\n';
    expect(whyOf(() => readLastStage(dockerfile, 'Dockerfile'))).toBe(
      'line 2: FROM a: the last stage must start from an image, not from an earlier stage; ' +
        'line 3: COPY --from=a: that stage has no "RUN npm ci" to make node_modules with',
    );
  });

  it('takes the shell form as Docker does, and a stage by its number', () => {
    const dockerfile =
      'FROM scratch\nRUN cd /x && npm ci\nFROM scratch\nCOPY --from=0 /x/node_modules /app/node_modules\nCMD node "main.js"\nHEALTHCHECK NONE\n';
    expect(readLastStage(dockerfile, 'Dockerfile')).toMatchObject({
      copies: [{ from: 'dependencies', npmFlags: [] }],
      config: { Cmd: ['/bin/sh', '-c', 'node "main.js"'], Healthcheck: { Test: ['NONE'] } },
    });
  });

  it.each(['', '# nothing\n', 'RUN x\n', '\0\u0001\uFFFD', 'FROM'])(
    'never throws anything else: %j',
    (text) => {
      try {
        readLastStage(text, 'Dockerfile');
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
      }
    },
  );
});

function whyOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error.why;
    throw error;
  }
  return undefined;
}
