/** The way back: of a deployment in progress, and to a release that served before. */
export { forRollback } from './restore.ts';
export { stopRunning, type StopOptions, type Stopped } from './running.ts';
export { chooseTarget, releasesOf, type Target, type Wanted } from './target.ts';
