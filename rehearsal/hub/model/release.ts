/** What the page of a release says. */
export interface Release {
  readonly id: number;
  tag: string;
  name: string;
  /** Markdown. */
  body: string;
  draft: boolean;
  prerelease: boolean;
  target: string;
  readonly author: string;
  readonly createdAt: string;
  updatedAt: string;
  publishedAt?: string;
}
