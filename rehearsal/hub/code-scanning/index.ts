/** What code scanning does with SARIF files: it reads them, and raises, keeps and closes alerts. */
export {
  instanceOn,
  stateOn,
  type AlertInstance,
  type AlertState,
  type Analysis,
  type CodeAlert,
  type CodeScanning,
  type DismissalReason,
  type Rule,
  type SarifUpload,
} from './model.ts';
export { badness, processRun, type Upload } from './process.ts';
export { NotSarif, readSarif, unpack } from './sarif.ts';
