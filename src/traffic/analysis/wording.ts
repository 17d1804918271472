/** Figures as people read them, in what a check says. */

// Made when a figure is first told: to load the locale takes 12 ms, which every start of an action would pay.
let formats: { readonly whole: Intl.NumberFormat; readonly threeDigits: Intl.NumberFormat } | undefined;

function format(): NonNullable<typeof formats> {
  return (formats ??= {
    whole: new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 }),
    threeDigits: new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 }),
  });
}

/** `12,500` */
export function count(value: number): string {
  return format().whole.format(value);
}

/** `2.1 %` of 0.021. */
export function percent(share: number): string {
  return `${format().threeDigits.format(share * 100)} %`;
}

/** `125 ms`, `1.25 s` of 0.125 and 1.25. */
export function seconds(value: number): string {
  return value < 1
    ? `${format().threeDigits.format(value * 1000)} ms`
    : `${format().threeDigits.format(value)} s`;
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
