/** The way back: of a deployment in progress, and to a release that served before. */
export { checksAfterDeployment, notAccepted, readNotAccepted, type Checked } from './checked.ts';
export { lastOfDigest, lastServed } from './served.ts';
export { runsImage } from './runs-image.ts';
export { forRollback } from './restore.ts';
export { stopRunning, type StopOptions, type Stopped } from './running.ts';
export { chooseTarget, releasesOf, type Target, type Wanted } from './target.ts';
