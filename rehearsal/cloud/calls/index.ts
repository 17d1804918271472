/** One call that the cloud was asked. */
export interface CallRecord {
  /** From 1, in the order of arrival. */
  readonly number: number;
  /** ISO 8601, real time. */
  readonly at: string;
  readonly service: string;
  readonly operation: string;
  readonly callerArn: string;
  readonly userAgent: string;
  /** As it was read, without the members that AWS calls sensitive. */
  readonly input: unknown;
  /** The name of the error, where one was answered. */
  outcome: 'pending' | 'answered' | 'answer-lost' | (string & {});
  /** From its arrival to its answer, in real milliseconds. */
  ms?: number;
}

/** Called on each call, `before` it is applied and `after`, before its answer leaves. Tests kill a caller here. */
export type CallListener = (phase: 'before' | 'after', call: CallRecord) => void | Promise<void>;

const kept = 5_000;

/** What was asked of the cloud, the newest calls last. */
export class CallLog {
  readonly #records: CallRecord[] = [];
  readonly #listeners = new Set<CallListener>();
  #count = 0;

  begin(call: Omit<CallRecord, 'number' | 'at' | 'outcome'>): CallRecord {
    const record: CallRecord = {
      ...call,
      number: ++this.#count,
      at: new Date().toISOString(),
      outcome: 'pending',
    };
    this.#records.push(record);
    if (this.#records.length > kept) this.#records.shift();
    return record;
  }

  async announce(phase: 'before' | 'after', call: CallRecord): Promise<void> {
    for (const listener of this.#listeners) await listener(phase, call);
  }

  /** Calls `listener` on every call, until the returned function is called. */
  listen(listener: CallListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  list(): readonly CallRecord[] {
    return this.#records;
  }

  clear(): void {
    this.#records.length = 0;
  }
}
