import type { Aws } from '../../src/aws/index.ts';
import type { ResolvedEnvironment } from '../../src/config/index.ts';
import type { Context, Outputs } from '../../src/github/index.ts';

export type RollbackOutputs = Outputs<
  'state' | 'restored' | 'version' | 'image' | 'commit' | 'leaving' | 'deployment' | 'url'
>;

export type Connection = Context & { readonly token: string };

/** What both ways back that touch something need. */
export interface Rollback {
  readonly aws: Aws;
  readonly connection: Connection;
  readonly environment: ResolvedEnvironment;
  /** One line; may be empty. */
  readonly reason: string;
  readonly outputs: RollbackOutputs;
  readonly signal: AbortSignal;
}

export const now = (): number => performance.now();
