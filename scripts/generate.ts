// `npm run generate`: writes what is made from code. `--check` (CI) writes nothing, and names each stale file.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { formatProblems, loadConfig } from '../src/config/index.ts';
import { actionReferences } from './generate/actions.ts';
import { configurationReference } from './generate/configuration.ts';
import { environmentsPage } from './generate/environments.ts';
import { jsonSchema } from './generate/schema.ts';

const root = path.resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');

const loaded = await loadConfig(path.join(root, 'sluice.yml'));
if (!loaded.ok) {
  console.error(formatProblems(loaded.problems));
  process.exit(1);
}

const files = new Map<string, string>([
  ['schema/sluice.schema.json', `${JSON.stringify(jsonSchema(), null, 2)}\n`],
  ['docs/configuration.md', configurationReference()],
  ['docs/environments.md', environmentsPage(loaded.config)],
  ...actionReferences(root),
]);

const stale: string[] = [];
for (const [file, content] of files) {
  const target = path.join(root, file);
  // The schema is for editors, and is left as JSON.stringify writes it.
  const options = await resolveConfig(target);
  const wanted = file.endsWith('.json') ? content : await format(content, { ...options, filepath: target });
  if (existsSync(target) && readFileSync(target, 'utf8') === wanted) continue;
  stale.push(file);
  if (check) continue;
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, wanted);
}

if (stale.length === 0) console.log(`${files.size} generated files are current.`);
else if (check) {
  console.error(`Stale: ${stale.join(', ')}. Run \`npm run generate\` and commit what it writes.`);
  process.exitCode = 1;
} else console.log(`Wrote ${stale.join(', ')}.`);
