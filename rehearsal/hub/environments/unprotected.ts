import type { Protection, RefRule } from '../model.ts';

/** The rules that name no branch or tag. */
export const refRules = {
  any: { kind: 'any' },
  protected: { kind: 'protected' },
} as const satisfies Record<string, RefRule>;

/** Every ref may deploy, at once. */
export const unprotected: Protection = {
  reviewers: [],
  preventSelfReview: false,
  waitMinutes: 0,
  refs: refRules.any,
};
