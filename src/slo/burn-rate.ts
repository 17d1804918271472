/** Counts of one minute. */
export interface Minute {
  /** When it begins, in milliseconds since the epoch. */
  readonly at: number;
  readonly requests: number;
  readonly errors: number;
}

/** Two windows that have to burn at once: the long one says that it matters, the short one that it still goes on. */
interface BurnAlert {
  readonly severity: 'page' | 'ticket';
  /** How many times faster than the service level allows. */
  readonly rate: number;
  readonly longMs: number;
  readonly shortMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Source: The Site Reliability Workbook, "Alerting on SLOs", table 5-8: for 30 days. */
export const burnAlerts: readonly [BurnAlert, ...BurnAlert[]] = [
  { severity: 'page', rate: 14.4, longMs: hourMs, shortMs: 5 * minuteMs },
  { severity: 'page', rate: 6, longMs: 6 * hourMs, shortMs: 30 * minuteMs },
  { severity: 'ticket', rate: 3, longMs: dayMs, shortMs: 2 * hourMs },
  { severity: 'ticket', rate: 1, longMs: 3 * dayMs, shortMs: 6 * hourMs },
];

interface Burn {
  readonly alert: BurnAlert;
  readonly long: BurnWindow;
  readonly short: BurnWindow;
  readonly firing: boolean;
}

interface BurnWindow {
  readonly requests: number;
  readonly errors: number;
  /** How many times faster than allowed the error budget is used. `undefined` without a request. */
  readonly rate: number | undefined;
}

/**
 * How fast the error budget is used up in the two windows of an alert, up to `now`.
 *
 * @param availability the service level, 0 to 1, below 1
 * @param since where the windows begin at the earliest, in milliseconds since the epoch: in a short bake, the switch
 * @throws RangeError for a service level that leaves no budget
 */
export function burnOf(
  alert: BurnAlert,
  minutes: readonly Minute[],
  {
    availability,
    now,
    since = -Infinity,
  }: { readonly availability: number; readonly now: number; readonly since?: number },
): Burn {
  if (!(availability > 0 && availability < 1)) {
    throw new RangeError(
      `A service level of ${availability * 100} % leaves no error budget that could burn: it has to be above 0 % and below 100 %.`,
    );
  }
  const windowOf = (lengthMs: number): BurnWindow => {
    const from = Math.max(since, now - lengthMs);
    let [requests, errors] = [0, 0];
    for (const minute of minutes) {
      if (minute.at < from || minute.at + minuteMs > now) continue;
      requests += minute.requests;
      errors += minute.errors;
    }
    return { requests, errors, rate: requests === 0 ? undefined : errors / requests / (1 - availability) };
  };
  const [long, short] = [windowOf(alert.longMs), windowOf(alert.shortMs)];
  return { alert, long, short, firing: isFiring(long, alert) && isFiring(short, alert) };
}

/** Compared in requests, as a rate of 14.4 of 0.1 % is not quite 1.44 % in floating point. */
function isFiring({ rate }: BurnWindow, alert: BurnAlert): boolean {
  return rate !== undefined && rate >= alert.rate * (1 - 1e-9);
}
