/**
 * What the local GitHub remembers. The engine writes it, the REST API and the pages read it; both go through
 * `Hub` in `hub.ts`, which numbers, stamps, persists and announces every change. Times are ISO 8601.
 */
export type * from './model/repository.ts';
export type * from './model/status.ts';
export type * from './model/run.ts';
export type * from './model/job.ts';
export type * from './model/token.ts';
export type * from './model/environment.ts';
export type * from './model/deployment.ts';
export type * from './model/release.ts';
export type * from './model/commit.ts';
export type * from './model/issue.ts';
export type * from './model/pull-request.ts';
export type * from './model/change.ts';
