// npm run bench [actions] [deploy] [rehearsal] [chatbot] [proxy] [analysis] [load] [load-comparison] [rollback] [harm] [following] [-- --write]
//
// Measures what the pack costs; nothing here is a test, and nothing asserts a time. With --write the figures replace
// those of the same bench in docs/benchmarks.md. Run it on a machine that does nothing else.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { section, withSection, type Circumstances } from './page.ts';
import type { Measured } from './statistics.ts';

const root = path.resolve(import.meta.dirname, '..');
const page = path.join(root, 'docs', 'benchmarks.md');

const benches: Readonly<Record<string, () => Promise<{ readonly measure: () => Promise<Measured> }>>> = {
  actions: () => import('./actions.ts'),
  deploy: () => import('./deploy.ts'),
  rehearsal: () => import('./rehearsal.ts'),
  chatbot: () => import('./chatbot.ts'),
  proxy: () => import('./proxy.ts'),
  analysis: () => import('./analysis.ts'),
  load: () => import('./load.ts'),
  'load-comparison': () => import('./load-comparison.ts'),
  rollback: () => import('./rollback.ts'),
  harm: () => import('./harm.ts'),
  following: () => import('./following.ts'),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join('", "')}"; there are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  const at = circumstances();
  const bench = await benches[name]?.();
  if (bench === undefined) continue;
  const text = section(name, await bench.measure(), at);
  console.log(`\n${text}`);
  if (values.write) {
    const written = withSection(readFileSync(page, 'utf8'), name, text);
    writeFileSync(page, await format(written, { ...(await resolveConfig(page)), filepath: page }));
  }
}

function circumstances(): Circumstances {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: os.availableParallelism(),
    processor: os.cpus()[0]?.model ?? 'unknown',
    load: os.loadavg()[0] ?? NaN,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
  };
}
