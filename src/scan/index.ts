/** The security scan: what scanners find in an image and its source, accepted or not, and the verdict about it. */
export { writeFindings, writeSbom } from './files.ts';
export { categories, type Category, type Finding } from './finding.ts';
export { type Judgement } from './judge.ts';
export { type Sarif } from './sarif.ts';
export { scan, type Scan, type ScanOptions } from './scan.ts';
export { ofCategory, readSettings, statedSettings, type ScanSettings } from './settings.ts';
export { scanSummary } from './summary.ts';
export { awaitProcessing, uploadSarif } from './upload.ts';
export { verifyImage, type VerifiedImage } from './verify-image.ts';
export { describeRun, factsOf, summaryLine } from './words.ts';
