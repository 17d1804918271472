import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { parseConfig } from '../../src/config/index.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const read = (...parts: string[]): string => readFileSync(path.join(root, ...parts), 'utf8');
const names = (folder: string): string[] =>
  readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.yml'));

/** Looked up at the actions' own tags. A new one is added here by whoever looked it up. */
const pins: Readonly<Record<string, string>> = {
  'actions/checkout': '3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1',
  'actions/download-artifact': '3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1',
  'actions/upload-artifact': '043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1',
  'actions/setup-node': '820762786026740c76f36085b0efc47a31fe5020 # v7.0.0',
};

const pinned = new Set(Object.entries(pins).map(([action, pin]) => `${action}@${pin.replace(/ #.*/, '')}`));

/** Lines that use one of these actions otherwise than at its pin, with the version beside it. */
function unpinnedLines(text: string): string[] {
  const lines = text.split('\n').filter((line) => /uses:\s*['"]?actions\//.test(line));
  return lines.filter(
    (line) =>
      !Object.entries(pins).some(([action, pin]) => line.trimEnd().endsWith(`uses: ${action}@${pin}`)),
  );
}

interface Job {
  readonly uses?: string;
  readonly steps?: readonly { readonly uses?: string }[];
  readonly permissions?: object;
  readonly 'timeout-minutes'?: number;
}

/** A rollback is started by hand, a preview by a pull request; everything else by a push. */
function callerOf(name: string): string {
  switch (name) {
    case 'preview.yml':
      return 'on-pull-request.yml';
    case 'rollback.yml':
      return 'on-dispatch-rollback.yml';
    default:
      return `on-push-${name}`;
  }
}

describe('the templates', () => {
  it.each(names('workflows-templates'))(
    '%s is this repository’s own caller, but for its reference',
    (name) => {
      const template = read('workflows-templates', name);
      const caller = read('.github', 'workflows', callerOf(name));
      expect(
        template.replace(/uses: sluice-pack\/sluice\/(\.github\/workflows\/\S+)@v1$/m, 'uses: $$/$1'),
      ).toBe(caller);
      expect(template).toMatch(new RegExp(`/\\.github/workflows/${name.replace('.', '\\.')}@v1$`, 'm'));
      const properties = JSON.parse(
        read('workflows-templates', name.replace('.yml', '.properties.json')),
      ) as object;
      expect(properties).toEqual({
        name: expect.stringMatching(/^Sluice: /) as string,
        description: expect.stringMatching(/\.$/) as string,
        iconName: expect.stringMatching(/^octicon /) as string,
        categories: ['Deployment'],
      });
    },
  );
});

describe.each(names('.github/workflows'))('%s', (name) => {
  const text = read('.github', 'workflows', name);
  const workflow = parse(text) as { permissions?: object; jobs: Record<string, Job> };

  it('grants nothing at the top, and to each job what it needs', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) expect(job.permissions).toBeDefined();
  });

  it('ends every job in time', () => {
    for (const job of Object.values(workflow.jobs)) {
      if (job.uses === undefined) expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });

  it('pins what comes from elsewhere, to a commit that was looked up', () => {
    const uses = Object.values(workflow.jobs).flatMap(({ uses: called, steps = [] }) => [
      called,
      ...steps.map((step) => step.uses),
    ]);
    const foreign = uses
      .filter((each): each is string => each !== undefined)
      .filter((each) => !/^\$\/(?:actions|\.github)\//.test(each));
    expect(foreign.filter((each) => !pinned.has(each))).toEqual([]);
    expect(unpinnedLines(text)).toEqual([]);
  });

  it('puts no expression into a shell', () => {
    const runs = [...text.matchAll(/run: (?:\|\n((?: {10,}.*\n)+)|(.+))/g)].map(
      ([, block = '', line = '']) => block + line,
    );
    for (const run of runs) expect(run).not.toContain('${{');
  });
});

describe('what people copy', () => {
  const folders = ['.', 'docs', ...readdirSync(path.join(root, 'actions')).map((name) => `actions/${name}`)];
  const pages = folders
    .filter((folder) => statSync(path.join(root, folder)).isDirectory())
    .flatMap((folder) =>
      readdirSync(path.join(root, folder))
        .filter((name) => name.endsWith('.md'))
        .map((name) => path.posix.join(folder, name)),
    );

  it('is pinned as the workflows are', () => {
    expect(pages).toContain('actions/deploy/README.md');
    expect(
      pages.flatMap((page) => unpinnedLines(read(page)).map((line) => `${page}: ${line.trim()}`)),
    ).toEqual([]);
  });

  it('is a sluice.yml that is right, environment by environment', () => {
    const blocks = [...read('docs', 'adopting.md').matchAll(/```yaml\n([^]*?)```/g)].map(
      ([, block = '']) => block,
    );
    const [whole = '', ...parts] = blocks.filter((block) =>
      /^(environments|production|# yaml-language)/.test(block),
    );
    const environments = parts.map((part) => {
      const parsed = parse(part) as { environments?: object };
      return parsed.environments ?? parsed;
    });
    const file = parse(whole) as { environments: object };
    const all = { ...file, environments: Object.assign({}, file.environments, ...environments) as object };
    expect(Object.keys(all.environments)).toEqual(['development', 'staging', 'production']);
    expect(parseConfig(stringify(all), 'sluice.yml')).toMatchObject({ ok: true });
  });
});
