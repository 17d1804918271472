// `npm start`: the rehearsal. Compiles the actions when they changed, then hands over to rehearsal/cli.ts.
import { requireNode24 } from './require-node.mjs';

requireNode24();
const { main } = await import('../rehearsal/cli.ts');
await main(process.argv.slice(2));
