/** A `concurrency:` block, evaluated. */
export interface ConcurrencySetting {
  readonly group: string;
  readonly cancelInProgress: boolean;
  /** `single`: only the newest pending one is kept; `max`: up to 100 wait, in order. */
  readonly queue: 'single' | 'max';
}

/** GitHub's longest queue (docs.github.com, "Control the concurrency of workflows and jobs"). */
const longestQueue = 100;

export interface Entry<T> {
  /** Enters the group at once. */
  readonly starts: boolean;
  readonly cancelRunning: boolean;
  /** Pending ones that the newcomer replaces. */
  readonly replaced: readonly T[];
  /** The queue is full: the newcomer itself is cancelled. */
  readonly refused: boolean;
}

/** Decides what happens when one more run or job comes to a group. */
export function enterGroup<T>(
  group: { readonly running: T | undefined; readonly pending: readonly T[] },
  setting: Pick<ConcurrencySetting, 'cancelInProgress' | 'queue'>,
): Entry<T> {
  if (group.running === undefined) {
    return { starts: true, cancelRunning: false, replaced: [], refused: false };
  }
  switch (setting.queue) {
    case 'max':
      return {
        starts: false,
        cancelRunning: false,
        replaced: [],
        refused: group.pending.length >= longestQueue,
      };
    case 'single':
      return {
        starts: false,
        cancelRunning: setting.cancelInProgress,
        replaced: group.pending,
        refused: false,
      };
  }
}

/** One that wants to be in a group. */
export interface Member {
  /** In words, for those that wait for it: `Push to development #3`. */
  readonly title: string;
  /** Asked to stop, by a newcomer with `cancel-in-progress`. */
  cancel(reason: string): void;
}

export interface Ticket {
  /** `granted`: it is this member's turn; `cancelled`: it was replaced, refused or withdrawn. */
  readonly turn: Promise<'granted' | 'cancelled'>;
  /** Why it was cancelled, or what it waits for. */
  reason(): string;
  /** Leaves the group; to be called once the member has ended, or no longer waits. */
  leave(): void;
}

interface Waiting {
  readonly member: Member;
  readonly resolve: (turn: 'granted' | 'cancelled') => void;
  reason: string;
}

/** The repository's concurrency groups. Names differ in more than case; members are served first come, first served. */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, { running: Waiting | undefined; pending: Waiting[] }>();

  enter(setting: ConcurrencySetting, member: Member): Ticket {
    const key = setting.group.toLowerCase();
    const group = this.#groups.get(key) ?? { running: undefined, pending: [] };
    this.#groups.set(key, group);
    const { promise, resolve } = Promise.withResolvers<'granted' | 'cancelled'>();
    const self: Waiting = { member, resolve, reason: '' };
    const entry = enterGroup(group, setting);
    for (const replaced of entry.replaced) {
      replaced.reason = `Canceling since a higher priority waiting request for ${setting.group} exists`;
      replaced.resolve('cancelled');
    }
    if (entry.replaced.length > 0) group.pending = [];
    if (entry.refused) {
      self.reason = `Canceling since ${longestQueue} others wait for ${setting.group} already`;
      resolve('cancelled');
    } else if (entry.starts) {
      group.running = self;
      resolve('granted');
    } else {
      self.reason = `${group.running?.member.title ?? 'another run'} in the concurrency group ${setting.group}`;
      group.pending.push(self);
      if (entry.cancelRunning) {
        group.running?.member.cancel(`Canceling since a higher priority request for ${setting.group} exists`);
      }
    }
    return {
      turn: promise,
      reason: () => self.reason,
      leave: () => {
        resolve('cancelled');
        group.pending = group.pending.filter((waiting) => waiting !== self);
        if (group.running !== self) return;
        group.running = group.pending.shift();
        if (group.running === undefined) this.#groups.delete(key);
        else group.running.resolve('granted');
      },
    };
  }
}
