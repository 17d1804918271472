/** What a pull request would change and deploy, said in one comment. Nothing that it proposes is run. */
export { compare, type AspectChange, type EnvironmentChange, type Preview } from './compare.ts';
export { writeStandingComment, type StandingComment } from './comment.ts';
export { readPullRequest, type PullRequest } from './pull-request.ts';
export { mistakesMarkdown, previewMarkdown, previewSummary, type Around } from './report.ts';
export { versionsOf, type Version } from './versions.ts';
