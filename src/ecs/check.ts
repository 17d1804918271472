/** One of the things that have to hold for a deployment to be done. */
export interface Check {
  readonly what: string;
  readonly verdict: 'holds' | 'does not hold' | 'does not apply';
  readonly found: string;
}
