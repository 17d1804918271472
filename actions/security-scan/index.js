import { start } from '../start.js';

await start('security-scan');
