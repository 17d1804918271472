export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly ownerId: number;
  readonly name: string;
  readonly defaultBranch: string;
  /** The bare repository that `git push rehearsal` reaches. */
  readonly gitDirectory: string;
}
