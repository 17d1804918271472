// `npm start`: the rehearsal. Compiles the actions when they changed, then hands over to rehearsal/cli.ts.
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { requireNode24 } from './require-node.mjs';

requireNode24();
// Node strips the types of some hundred files, and compiles them: once.
enableCompileCache(path.resolve(import.meta.dirname, '..', 'build', 'compile-cache'));
const { main } = await import('../rehearsal/cli.ts');
await main(process.argv.slice(2));
