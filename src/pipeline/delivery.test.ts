import { Summary, type DeploymentRecord } from '../github/index.ts';
import { addDelivery, deliveryOf, type Delivered } from './delivery.ts';

const now = new Date('2026-11-24T12:00:00Z');
const since = new Date('2026-11-10T12:00:00Z');

/** A deployment of one day of November, that began at 10:00 and was committed two hours earlier. */
function on(
  day: string,
  state: string,
  more: Partial<DeploymentRecord> & { readonly committedAt?: string } = {},
): Delivered {
  const { committedAt = `2026-11-${day}T08:00:00Z`, ...record } = more;
  const hasSucceeded = state === 'success' || state === 'inactive';
  return {
    committedAt,
    record: {
      id: Number(day),
      ref: 'v1',
      sha: 'a'.repeat(40),
      environment: 'production',
      createdAt: `2026-11-${day}T10:00:00Z`,
      creator: 'ada',
      payload: { version: `1.0.${day}`, digest: 'sha256:d' },
      state,
      reason: undefined,
      hasSucceeded,
      succeededAt: hasSucceeded ? `2026-11-${day}T10:30:00Z` : undefined,
      url: undefined,
      statusAt: `2026-11-${day}T10:20:00Z`,
      ...record,
    },
  };
}

const minutes = 60_000;

describe('how delivery to an environment goes', () => {
  it('counts what served, how fast it came, what was taken back, and how fast that was over', () => {
    const delivered = [
      on('23', 'success'),
      on('21', 'failure'),
      // Replaced since: its latest status is from then.
      on('20', 'inactive', { statusAt: '2026-11-23T10:30:00Z', committedAt: '2026-11-20T06:30:00Z' }),
      // Somebody took it back an hour later.
      on('18', 'failure', { hasSucceeded: true, statusAt: '2026-11-18T11:00:00Z' }),
      on('12', 'inactive'),
    ];
    expect(deliveryOf(delivered, since, now)).toEqual({
      days: 14,
      delivered: 3,
      failed: 2,
      perWeek: 1.5,
      leadTime: 150 * minutes,
      timeToRestore: 40 * minutes,
    });
  });

  it.each([
    ['ended by circumstances', on('20', 'error')],
    ['was overtaken before it served', on('20', 'inactive', { hasSucceeded: false, succeededAt: undefined })],
    ['is the way back from another', on('20', 'success', { payload: { version: '1', rollback: true } })],
  ])('says nothing of a deployment that %s', (_, other) => {
    expect(deliveryOf([other], since, now)).toMatchObject({
      delivered: 0,
      failed: 0,
      leadTime: undefined,
      timeToRestore: undefined,
    });
  });

  it('takes no lead time from a commit that is unknown, or later than its deployment', () => {
    const delivered = [
      { ...on('22', 'success'), committedAt: undefined },
      on('23', 'success', { committedAt: '2026-11-23T10:31:00Z' }),
    ];
    expect(deliveryOf(delivered, since, now)).toMatchObject({ delivered: 2, leadTime: undefined });
  });

  it('makes no week’s rate of an hour', () => {
    const hourAgo = new Date(now.getTime() - 60 * minutes);
    expect(deliveryOf([on('24', 'success')], hourAgo, now)).toMatchObject({ days: 1, perWeek: 7 });
  });

  it('shows the four figures', () => {
    const page = addDelivery(new Summary(), 'production', {
      days: 14,
      delivered: 3,
      failed: 1,
      perWeek: 1.5,
      leadTime: 5 * 24 * 60 * minutes,
      timeToRestore: undefined,
    }).toString();
    expect(page).toBe(
      [
        '### Delivery to production, 14 days',
        '',
        '| Figure | Value | Of |',
        '| --- | --- | --- |',
        '| Deployment frequency | 1.5 a week | 3 changes that served |',
        '| Lead time for changes | 5 days | from the commit to its service, median |',
        '| Change failure rate | 25 % | 1 of 4 changes taken back |',
        '| Time to restore | – | from the start of a failed deployment to its end, median |',
      ].join('\n'),
    );
  });

  it('shows nothing where nothing was delivered', () => {
    const page = addDelivery(new Summary(), 'production', deliveryOf([], since, now));
    expect(page.toString()).toBe(new Summary().toString());
  });
});
