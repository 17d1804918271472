import { readFileSync } from 'node:fs';
import path from 'node:path';

const read = (name: string): string => readFileSync(path.join(import.meta.dirname, '..', name), 'utf8');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

describe('the package', () => {
  it('has a lock file of its own that is current; `npm run lock` brings it up to date', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Manifest;
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, Partial<Manifest>>;
    };
    expect(packages['']).toMatchObject({ dependencies, devDependencies });
    for (const name of Object.keys({ ...dependencies, ...devDependencies }))
      expect(packages).toHaveProperty([`node_modules/${name}`]);
  });
});

describe('the image', () => {
  const stages = read('Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split(/^(?=FROM )/m);
  const last = stages.at(-1)?.trim().split('\n') ?? [];

  it('is of an exact version of Node, and does not run as root', () => {
    for (const stage of stages) expect(stage).toMatch(/^FROM node:\d+\.\d+\.\d+-slim( AS \w+)?\n/);
    expect(last).toContain('USER node');
  });

  it('runs nothing in its last stage, so that it can be built without a daemon', () => {
    const allowed = new Set(
      'FROM ENV WORKDIR COPY USER EXPOSE HEALTHCHECK LABEL STOPSIGNAL ENTRYPOINT CMD'.split(' '),
    );
    const instructions = last.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(' ')[0] ?? '');
    expect(instructions.filter((instruction) => !allowed.has(instruction))).toEqual([]);
    expect(last).toContain('COPY --from=dependencies /app/node_modules ./node_modules');
    expect(last).toContain('CMD ["node", "src/main.ts"]');
  });
});
