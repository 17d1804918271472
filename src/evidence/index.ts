/** Verdicts of checks about a digest: what they say, how they are attached and anchored, and how they are read again. */
export {
  anchorContext,
  anchoredImage,
  anchorState,
  formatAnchor,
  pipelineAccount,
  readAnchor,
  type Anchor,
  type AnchorState,
} from './anchor.ts';
export {
  attachStatement,
  readStatement,
  readStatements,
  type AttachedStatement,
  type StatementQuery,
} from './attached.ts';
export { readCommitStatuses, setCommitStatus, type CommitStatus } from './commit-statuses.ts';
export { foreignVerdicts, recordVerdicts, type RecordedVerdict, type RecordOptions } from './record.ts';
export {
  formatStatement,
  parseStatement,
  predicateType,
  statementMediaType,
  verdictArtifact,
  type Issue,
  type VerdictStatement,
} from './statement.ts';
export {
  formatVerdict,
  outcomes,
  parseVerdict,
  verdictKinds,
  type Outcome,
  type Verdict,
  type VerdictKind,
} from './verdict.ts';
export { readWorkflowRun, type WorkflowRun } from './workflow-run.ts';
