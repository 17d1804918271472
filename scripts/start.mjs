// `npm start`: the rehearsal. Compiles the actions when they changed, then hands over to rehearsal/cli.ts.
import module from 'node:module';
import path from 'node:path';
import { requireNode24 } from './require-node.mjs';

requireNode24();
// Node strips the types of some hundred files, and compiles them: once. (Not imported by its name, which an older Node
// does not have: it would say so in place of the line above.)
module.enableCompileCache(path.resolve(import.meta.dirname, '..', 'build', 'compile-cache'));
const { main } = await import('../rehearsal/cli.ts');
await main(process.argv.slice(2));
