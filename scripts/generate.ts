// `npm run generate`: writes what is made from code. `--check` (CI) writes nothing, and names each stale file.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { formatProblems, loadConfig } from '../src/config/index.ts';
import { actionReferences } from './generate/actions.ts';
import { configurationReference } from './generate/configuration.ts';
import { environmentsPage } from './generate/environments.ts';
import { permissionPages } from './generate/permissions.ts';
import { jsonSchema } from './generate/schema.ts';

const root = path.resolve(import.meta.dirname, '..');

/** @throws Error that says what is stale, or what keeps the files from being made */
async function generate(check: boolean): Promise<string> {
  const files = await generated();
  const stale = files.filter(
    ({ target, content }) => !existsSync(target) || readFileSync(target, 'utf8') !== content,
  );
  const names = stale.map(({ file }) => file).join(', ');
  if (stale.length === 0) return `${files.length} generated files are current.`;
  if (check) throw new Error(`Stale: ${names}. Run \`npm run generate\` and commit what it writes.`);
  for (const { target, content } of stale) {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  return `Wrote ${names}.`;
}

interface Generated {
  /** As it is named to people: from the root, with slashes. */
  readonly file: string;
  readonly target: string;
  readonly content: string;
}

async function generated(): Promise<Generated[]> {
  const loaded = await loadConfig(path.join(root, 'sluice.yml'));
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  const pages: [string, string][] = [
    ['docs/configuration.md', configurationReference()],
    ['docs/environments.md', environmentsPage(loaded.config)],
    ...actionReferences(root),
    ...permissionPages(root),
  ];
  const schemaFile = 'schema/sluice.schema.json';
  return [
    // For editors, and left as JSON.stringify writes it.
    {
      file: schemaFile,
      target: path.join(root, schemaFile),
      content: `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    },
    ...(await Promise.all(
      pages.map(async ([file, text]) => {
        const target = path.join(root, file);
        return {
          file,
          target,
          content: await format(text, { ...(await resolveConfig(target)), filepath: target }),
        };
      }),
    )),
  ];
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
try {
  console.log(await generate(values.check));
} catch (error: unknown) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
