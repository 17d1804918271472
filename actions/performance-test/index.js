import { start } from '../start.js';

await start('performance-test');
