import { start } from '../start.js';

await start('integration-test');
