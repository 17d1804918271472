import type { Answer, Asked } from '../../src/github/github.fake.ts';
import { Records } from './records.ts';

/** A commit status as GitHub keeps it. */
export interface KeptStatus {
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly target_url: string;
  readonly creator: { readonly login: string };
  readonly created_at: string;
}

interface KeptRun {
  readonly id: number;
  readonly run_attempt: number;
  readonly head_sha: string;
  readonly head_branch: string;
  readonly path: string;
  readonly event: string;
  readonly head_repository: { readonly full_name: string };
}

/** What GitHub knows of a repository: its deployments, commit statuses, runs, and who has to approve. */
export class Repository {
  readonly records = new Records();
  /** Newest first. */
  statuses: KeptStatus[] = [];
  readonly runs: KeptRun[] = [];

  /** A push to `main` that the pipeline ran for, with the id that actions are started with in tests. */
  ranFor(sha: string, change: Partial<KeptRun> = {}): void {
    this.runs.unshift({
      id: 12,
      run_attempt: 1,
      head_sha: sha,
      head_branch: 'main',
      path: '.github/workflows/pipeline.yml',
      event: 'push',
      head_repository: { full_name: 'acme/shop' },
      ...change,
    });
  }

  answer = (asked: Asked): Answer => {
    const { method, path, body } = asked;
    const url = new URL(path, 'http://github');
    const [, sha] =
      /\/(?:statuses\/([0-9a-f]{40})|commits\/[0-9a-f]{40}\/statuses)$/.exec(url.pathname) ?? [];
    if (method === 'POST' && sha !== undefined) {
      const made = body as Omit<KeptStatus, 'sha' | 'creator' | 'created_at'>;
      this.statuses.unshift({
        ...made,
        sha,
        creator: { login: 'github-actions[bot]' },
        created_at: new Date().toISOString(),
      });
      return { status: 201, body: this.statuses[0] };
    }
    if (url.pathname.endsWith('/statuses') && url.pathname.includes('/commits/')) {
      return { status: 200, body: this.statuses.filter((each) => url.pathname.includes(each.sha)) };
    }
    const run = /\/actions\/runs\/(\d+)$/.exec(url.pathname)?.[1];
    if (run !== undefined) {
      const found = this.runs.find(({ id }) => String(id) === run);
      return found === undefined
        ? { status: 404, body: { message: 'Not Found' } }
        : { status: 200, body: found };
    }
    if (/\/environments\/[\w-]+$/.test(url.pathname)) {
      const reviewer = { type: 'User', reviewer: { login: 'grace' } };
      const rule = { type: 'required_reviewers', prevent_self_review: true, reviewers: [reviewer] };
      return { status: 200, body: { protection_rules: [rule] } };
    }
    return this.records.answer(asked);
  };
}
