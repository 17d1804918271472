/** Figures as people read them, in what a check says. */

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const threeDigits = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

/** `12,500` */
export function count(value: number): string {
  return whole.format(value);
}

/** `2.1 %` of 0.021. */
export function percent(share: number): string {
  return `${threeDigits.format(share * 100)} %`;
}

/** `125 ms`, `1.25 s` of 0.125 and 1.25. */
export function seconds(value: number): string {
  return value < 1 ? `${threeDigits.format(value * 1000)} ms` : `${threeDigits.format(value)} s`;
}

/** `2.1 % with 5xx (21 of 1,000)` */
export function errorShare({
  errors,
  requests,
}: {
  readonly errors: number;
  readonly requests: number;
}): string {
  return `${percent(errors / Math.max(1, requests))} with 5xx (${count(errors)} of ${count(requests)})`;
}
