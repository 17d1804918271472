import { start } from '../start.js';

await start('build-image');
