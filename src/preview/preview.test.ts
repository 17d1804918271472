import { formatProblem, parseConfig, type Config } from '../config/index.ts';
import { compare, type Preview } from './compare.ts';
import { markOf } from './comment.ts';
import { parsePullRequest } from './pull-request.ts';
import { mistakesMarkdown, previewMarkdown, type Around } from './report.ts';
import type { Version } from './versions.ts';

const around: Around = {
  base: 'main',
  baseCommit: 'b'.repeat(40),
  head: 'a'.repeat(40),
  runUrl: 'https://github.com/o/r/actions/runs/1',
  baseProblem: undefined,
};

const version = (files: Readonly<Record<string, string>> = {}): Version => ({
  revision: 'HEAD',
  read: (file) => Promise.resolve(files[file]),
});

const environment = (more: Readonly<Record<string, unknown>> = {}): object => ({
  on: { branch: 'develop' },
  aws: { region: 'eu-west-1', role: { var: 'ROLE' }, executionRole: { var: 'EXECUTION_ROLE' } },
  url: { var: 'SHOP_URL' },
  compute: { instance: 't3.micro' },
  network: { mode: 'bridge', hostPort: { var: 'SHOP_PORT' } },
  deploy: { minimumHealthy: 0, maximum: 100 },
  security: { level: 'relaxed' },
  tls: { mode: 'none' },
  ...more,
});

function configOf(environments: Readonly<Record<string, object>>): Config {
  const loaded = parseConfig(JSON.stringify({ service: 'shop', environments }), 'sluice.yml');
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

interface Side {
  readonly environments: Readonly<Record<string, object>>;
  readonly files?: Readonly<Record<string, string>>;
}

const side = ({ environments, files }: Side) => ({
  config: configOf(environments),
  version: version(files),
});

const previewOf = (
  before: Side | undefined,
  after: Side,
  variables: Readonly<Record<string, string>> = {},
): Promise<Preview> =>
  compare({
    before: before === undefined ? undefined : side(before),
    after: side(after),
    base: 'main',
    variables,
  });

const development = (more?: Readonly<Record<string, unknown>>): Side => ({
  environments: { development: environment(more) },
});

describe('what a change comes to', () => {
  it('is nothing where nothing counts', async () => {
    const { environments, deploys } = await previewOf(development(), development());
    expect(environments).toMatchObject([{ name: 'development', kind: 'same', aspects: [] }]);
    expect(deploys).toBeUndefined();
  });

  it('is an environment that comes, and one that goes', async () => {
    const after = { environments: { staging: environment({ on: { branch: 'main' } }) } };
    const { environments, deploys } = await previewOf(development(), after);
    expect(environments.map(({ name, kind }) => [name, kind])).toEqual([
      ['staging', 'added'],
      ['development', 'removed'],
    ]);
    expect(deploys?.environment).toBe('staging');
    const words = previewMarkdown({ environments, deploys }, around);
    expect(words).toContain('| `staging` | `push to main` | **new** |');
    expect(words).toContain('| `development` | `push to develop` | **gone**');
    expect(words).toContain('<details><summary>The new environment staging</summary>');
  });

  it('shows a variable that cannot be seen by its name, and one that can by its value', async () => {
    const before = development({ variables: { LEVEL: 'INFO' }, network: { mode: 'bridge', hostPort: 80 } });
    const after = development({ variables: { LEVEL: { var: 'LOG_LEVEL' } } });
    const differences = async (variables: Readonly<Record<string, string>>) => {
      const { definition } = (await previewOf(before, after, variables)).environments[0]!;
      return definition?.kind === 'compared' ? definition.differences : definition;
    };
    expect(await differences({})).toEqual([
      { path: 'shop.environment.LEVEL', before: 'INFO', after: '${{ vars.LOG_LEVEL }}' },
      { path: 'shop.portMappings[0].hostPort', before: '80', after: '${{ vars.SHOP_PORT }}' },
    ]);
    expect(await differences({ LOG_LEVEL: 'DEBUG', SHOP_PORT: '80' })).toEqual([
      { path: 'shop.environment.LEVEL', before: 'INFO', after: 'DEBUG' },
    ]);
  });

  it('hides a secret on both sides where it is one on either', async () => {
    const before = development({ variables: { GREETING: 'was-plain' } });
    const after = development({ secrets: { GREETING: { literal: 'is-secret' } } });
    const words = previewMarkdown(await previewOf(before, after), around);
    expect(words).toContain('| `shop.environment.GREETING` | `*** (old)` | `*** (new)` |');
    expect(words).not.toMatch(/was-plain|is-secret/);
  });

  it('reads a task definition of the user’s own out of each commit', async () => {
    const own = (memory: string): string =>
      JSON.stringify({ family: 'shop', memory, containerDefinitions: [{ name: 'shop', image: 'x' }] });
    const environments = { development: environment({ taskDefinition: 'task.json' }) };
    const before = { environments, files: { 'task.json': own('512') } };
    const { environments: changed } = await previewOf(before, {
      environments,
      files: { 'task.json': own('1024') },
    });
    expect(changed[0]?.definition).toEqual({
      kind: 'compared',
      differences: [{ path: 'memory', before: '512', after: '1024' }],
    });
    const { environments: gone } = await previewOf(before, { environments });
    expect(gone[0]).toMatchObject({
      kind: 'changed',
      definition: { kind: 'unknown', reason: 'task.json is not there' },
    });
  });

  it('is not said to be nothing where a variable is not what its key needs', async () => {
    const { environments } = await previewOf(development(), development(), { SHOP_PORT: 'eighty' });
    expect(environments[0]?.kind).toBe('changed');
    expect(previewMarkdown({ environments, deploys: undefined }, around)).toContain(
      'The task definition of `development` cannot be compared',
    );
  });

  it('compares the stages', async () => {
    const after = development({ checks: { test: {}, integration: { scenarios: 'integration/*.yml' } } });
    const { environments } = await previewOf(development(), after);
    expect(environments[0]?.aspects.find(({ aspect }) => aspect === 'Stages')?.after).toContain(
      'Integration Tests',
    );
  });
});

describe('the comment', () => {
  const many = (count: number): Side =>
    development({
      variables: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`VARIABLE_${index}`, 'x'.repeat(60)]),
      ),
    });

  it('leaves the task definitions out where they do not fit, and says so', async () => {
    const words = previewMarkdown(await previewOf(development(), many(600)), around);
    expect(words.length).toBeLessThan(65_536);
    expect(words).toContain('| `development` | Variables | – |');
    expect(words).not.toContain('xxxx');
    expect(words).toContain("It does not all fit into a comment; [the run's summary](https://github.com/");
  });

  it('leaves the matrix out as well where it has to', () => {
    const aspect = { aspect: 'Purpose', before: 'a', after: 'z'.repeat(70_000) };
    const definition = { kind: 'compared' as const, differences: [] };
    const changed = { name: 'development', kind: 'changed' as const, trigger: 'push to develop' };
    const words = previewMarkdown(
      { deploys: undefined, environments: [{ ...changed, aspects: [aspect], definition }] },
      around,
    );
    expect(words).toContain('| `development` | `push to develop` | 1 aspect |');
    expect(words).not.toContain('zzzz');
  });

  it('lists mistakes, and no more than can be read', () => {
    const words = mistakesMarkdown(
      Array.from({ length: 60 }, (_, index) => `sluice.yml:${index}:1 is \`odd\``),
      around,
    );
    expect(words).toContain('60 mistakes');
    expect(words.match(/^- /gm)).toHaveLength(50);
    expect(words).toContain('And 10 more.');
  });

  it('has a mark that its key cannot end', () => {
    expect(markOf('a --> b.yml')).toBe('<!-- sluice-preview: a%20%2D%2D%3E%20b.yml -->');
  });
});

describe('the pull request of an event', () => {
  const pull = (from: unknown, into: unknown) => ({
    pull_request: {
      number: 7,
      base: { ref: 'main', repo: into },
      head: { sha: 'a'.repeat(40), repo: from },
    },
  });

  it.each([
    ['the same repository', { id: 1 }, false],
    ['a fork', { id: 2 }, true],
    ['a fork that is gone', null, true],
  ])('comes from %s', (_, from, isFromFork) => {
    expect(parsePullRequest(pull(from, { id: 1 }))).toEqual({
      number: 7,
      base: 'main',
      head: 'a'.repeat(40),
      isFromFork,
    });
  });

  it.each([[null], [{}], [{ pull_request: null }], [{ pull_request: { number: '7' } }]])(
    'is not in %j',
    (payload) => {
      expect(parsePullRequest(payload)).toBeUndefined();
    },
  );
});
