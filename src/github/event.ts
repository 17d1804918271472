import type { Context } from './context.ts';

/** What started the run, as far as a pipeline cares. */
export type Event =
  | { readonly kind: 'branch'; readonly ref: string; readonly branch: string; readonly by: Trigger }
  | { readonly kind: 'tag'; readonly ref: string; readonly tag: string; readonly by: Trigger }
  | { readonly kind: 'pull-request'; readonly ref: string };

/** A push, or somebody who started the workflow by hand or on a schedule for that ref. */
export type Trigger = 'push' | 'dispatch';

/** Reads the event from the context; a ref that is neither of the three gives `undefined`. */
export function readEvent(context: Pick<Context, 'eventName' | 'ref'>): Event | undefined {
  const { ref } = context;
  const by: Trigger = context.eventName === 'push' ? 'push' : 'dispatch';
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (branch !== undefined) return { kind: 'branch', ref, branch, by };
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1];
  if (tag !== undefined) return { kind: 'tag', ref, tag, by };
  return /^refs\/pull\/\d+\/\w+$/.test(ref) ? { kind: 'pull-request', ref } : undefined;
}
