export interface Environment {
  readonly id: number;
  readonly name: string;
  variables: Record<string, string>;
  secrets: Record<string, string>;
  protection: Protection;
}

/** What an environment asks for before it lets a job in. */
export interface Protection {
  /** Logins; one of them has to approve. Nobody has to where there are none. */
  readonly reviewers: readonly string[];
  /** Whether the one who started a run is kept from approving it. */
  readonly preventSelfReview: boolean;
  readonly waitMinutes: number;
  readonly refs: RefRule;
}

/** Which refs may deploy to an environment. */
export type RefRule =
  | { readonly kind: 'any' }
  /** Branches that are protected, and no tags. */
  | { readonly kind: 'protected' }
  | { readonly kind: 'selected'; readonly patterns: readonly RefPattern[] };

export interface RefPattern {
  readonly id: number;
  readonly type: 'branch' | 'tag';
  /** `v*.*.*` */
  readonly name: string;
}
