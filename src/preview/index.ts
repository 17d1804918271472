/** What a pull request would change and deploy, said in one comment. Nothing that it proposes is run. */
export { compare } from './compare.ts';
export { writeStandingComment } from './comment.ts';
export { readPullRequest, type PullRequest } from './pull-request.ts';
export { mistakesMarkdown, previewMarkdown, previewSummary, type Around } from './report.ts';
export { versionsOf, type Version } from './versions.ts';
