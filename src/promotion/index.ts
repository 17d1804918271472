/** Which release may go where: what the records say of it, and what speaks against it. */
export type { Evidence, RequiredVerdict } from './evidence.ts';
export { objectionsToApproval } from './approval.ts';
export { refusal, type Objection } from './objection.ts';
export { objectionsToImage, type ImageFacts } from './image.ts';
export { decidePromotion, type Promotion, type PromotionFacts, type PromotionRequest } from './promote.ts';
export { commitOf, releaseOf, versionOf, type RecordedRelease, type Standing } from './release.ts';
export { problemsOfScan, type ScanPolicy } from './scan-policy.ts';
export { promotionSummary } from './summary.ts';
export { commitThere, survey, type CommitThere, type Survey, type SurveyQuery } from './survey.ts';
export { objectionsToTag, versionOfTag, type BranchStatus, type TaggedRelease } from './tag-rules.ts';
export {
  judgeVerdict,
  objectionsToUnreadable,
  runOf,
  type AttachedEvidence,
  type VerdictFacts,
  type VerdictQuery,
} from './verdicts.ts';
export { readVerdictFacts, type VerdictSources } from './verdict-facts.ts';
