// npm run bench [-- actions deploy rehearsal]: what the pack costs, as Markdown rows. Run it on a quiet machine; the
// chatbot has a bench of its own (npm run bench -w service).
import { cpus } from 'node:os';
import { actions } from './actions.ts';
import { deploy } from './deploy.ts';
import { rehearsal } from './rehearsal.ts';
import { header, row, type Figure } from './statistics.ts';

const all: Readonly<Record<string, () => Promise<Figure[]>>> = { actions, deploy, rehearsal };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => all[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join('", "')}"; there are ${Object.keys(all).join(', ')}.`);
  process.exit(2);
}
console.log(
  `Node ${process.version}, ${cpus().length} cores, ${process.platform} ${process.arch}\n\n${header}`,
);
for (const name of wanted.length > 0 ? wanted : Object.keys(all)) {
  for (const figure of (await all[name]?.()) ?? []) console.log(row(figure));
}
