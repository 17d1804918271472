/** Verdicts of checks about a digest: what they say, how they are attached, what a promotion makes of them. */
export {
  formatVerdict,
  outcomes,
  parseVerdict,
  verdictKinds,
  type Outcome,
  type Verdict,
  type VerdictKind,
} from './verdict.ts';
